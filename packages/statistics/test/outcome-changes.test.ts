import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { calibrationTest, residualTest, type BinOutcomes, type BinResiduals } from '../src/index.js';
import { seededUniform } from './oracle.js';

const PROBABILITIES = Array.from({ length: 40 }, (_, k) => (k + 0.5) / 40);

function positivesOf(labels: number, p: number, uniform: () => number): number {
  let positives = 0;
  for (let i = 0; i < labels; i++) positives += Number(uniform() < p);
  return positives;
}

const shifted = (p: number, a: number, b: number): number => 1 / (1 + Math.exp(-(a + b * Math.log(p / (1 - p)))));

/** Labels whose probability is that expected, moved by a and b on the logit's scale. */
function outcomes(uniform: () => number, a: number, b: number, learnt: boolean): BinOutcomes[] {
  return PROBABILITIES.map((p) => {
    const learntFrom = learnt ? 60 : Infinity;
    const expected = learnt ? (positivesOf(60, p, uniform) + 0.5) / 61 : p;
    return { expected, labels: 30, positives: positivesOf(30, shifted(p, a, b), uniform), learntFrom };
  });
}

describe('calibrationTest', () => {
  it('rejects as often as stated where nothing has changed, in each of its parts', () => {
    const uniform = seededUniform(81);
    const repeats = 600;
    const rejected = { all: 0, offset: 0, slope: 0, rest: 0 };
    for (let repeat = 0; repeat < repeats; repeat++) {
      const { pValue, offset, slope, rest } = calibrationTest(outcomes(uniform, 0, 1, false));
      rejected.all += Number(pValue < 0.05);
      rejected.offset += Number(offset.pValue < 0.05);
      rejected.slope += Number(slope.pValue < 0.05);
      rejected.rest += Number(rest.pValue < 0.05);
    }
    // Of 600 at 5 %, 30 ± 5.3: four standard deviations.
    for (const [name, count] of Object.entries(rejected)) assert.ok(Math.abs(count - 30) < 22, `${name}: ${count}`);
  });

  it('allows for what the expectations were learnt from', () => {
    const uniform = seededUniform(82);
    let [allowed, ignored] = [0, 0];
    for (let repeat = 0; repeat < 300; repeat++) {
      const bins = outcomes(uniform, 0, 1, true);
      allowed += Number(calibrationTest(bins).offset.pValue < 0.05);
      ignored += Number(calibrationTest(bins.map((bin) => ({ ...bin, learntFrom: Infinity }))).offset.pValue < 0.05);
    }
    assert.ok(allowed <= 15 + 4 * 3.8, `${allowed} of 300`);
    assert.ok(ignored > 1.5 * allowed, `${ignored} of 300`);
  });

  it('tells a shift from scores that are too sure', () => {
    const uniform = seededUniform(83);
    const up = calibrationTest(outcomes(uniform, 0.6, 1, false));
    assert.ok(up.offset.z > 5 && Math.abs(up.slope.z) < 3.5, JSON.stringify(up));
    const sure = calibrationTest(outcomes(uniform, 0, 0.5, false));
    assert.ok(sure.slope.z < -5 && Math.abs(sure.offset.z) < 3.5, JSON.stringify(sure));
    const timid = calibrationTest(outcomes(uniform, 0, 2, false));
    assert.ok(timid.slope.z > 5, JSON.stringify(timid));
    const { chiSquare, offset, slope, rest } = sure;
    assert.ok(Math.abs(offset.z ** 2 + slope.z ** 2 + rest.chiSquare - chiSquare) < 1e-9);
  });

  it('has nothing to say without labels, and joins what few there are', () => {
    const none = calibrationTest([]);
    assert.deepEqual([none.pValue, none.offset.pValue, none.degreesOfFreedom], [NaN, NaN, 0]);
    const few = calibrationTest([{ expected: 0.5, labels: 4, positives: 2, learntFrom: Infinity }]);
    assert.deepEqual([few.degreesOfFreedom, few.offset.z, few.slope.z], [1, 0, NaN]);
  });
});

describe('residualTest', () => {
  const bins = (uniform: () => number, shiftOf: (at: number) => number): BinResiduals[] =>
    Array.from({ length: 12 }, (_, at) => {
      const momentsOf = (labels: number, by: number) => {
        const values = Array.from({ length: labels }, () => by + 3 * uniform() - 1.5);
        const mean = values.reduce((sum, value) => sum + value, 0) / labels;
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (labels - 1);
        return { labels, mean, variance };
      };
      return { at, window: momentsOf(60, shiftOf(at)), baseline: momentsOf(200, 0) };
    });

  it('rejects as often as stated where nothing has changed', () => {
    const uniform = seededUniform(84);
    const rejected = { all: 0, offset: 0, slope: 0 };
    for (let repeat = 0; repeat < 400; repeat++) {
      const test = residualTest(bins(uniform, () => 0));
      rejected.all += Number(test.pValue < 0.05);
      rejected.offset += Number(test.offset.pValue < 0.05);
      rejected.slope += Number(test.slope.pValue < 0.05);
    }
    // Of 400 at 5 %, 20 ± 4.4; estimated variances make it a little more.
    for (const [name, count] of Object.entries(rejected)) assert.ok(count > 4 && count < 42, `${name}: ${count}`);
  });

  it('tells a bias from one that grows with the prediction, and leaves out bins with too few labels', () => {
    const uniform = seededUniform(85);
    const biased = residualTest(bins(uniform, () => 0.3));
    assert.ok(biased.offset.z > 5 && Math.abs(biased.slope.z) < 3.5, JSON.stringify(biased));
    const growing = residualTest(bins(uniform, (at) => 0.08 * (at - 5.5)));
    assert.ok(growing.slope.z > 5 && Math.abs(growing.offset.z) < 3.5, JSON.stringify(growing));
    const few = { at: 1, window: { labels: 4, mean: 9, variance: 1 }, baseline: { labels: 99, mean: 0, variance: 1 } };
    assert.equal(residualTest([few]).degreesOfFreedom, 0);
  });
});
