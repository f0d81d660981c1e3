import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  accuracy,
  calibratedOutcomes,
  ConfusionTable,
  countedScores,
  expectedQuality,
  f1,
  isotonicBlocks,
  precision,
  recall,
  rocAuc,
  type Estimate,
} from '../../src/index.js';
import { assertClose, oracle, seededUniform } from '../oracle.js';

const { isotonic } = oracle<{ isotonic: { means: number[]; weights: number[]; fit: number[] }[] }>('quality-metrics');

const BINS = 128;
const MIDDLES = Array.from({ length: BINS }, (_, bin) => (bin + 0.5) / BINS);

/** Events whose chance of being positive is the square root of their score, which is far from calibrated. */
function draw(size: number, uniform: () => number, skew: number) {
  const [scores, truths]: [number[], boolean[]] = [[], []];
  for (let i = 0; i < size; i++) {
    const score = uniform() ** skew;
    scores.push(score);
    truths.push(uniform() < Math.sqrt(score));
  }
  return { scores, truths };
}

function binned({ scores, truths }: ReturnType<typeof draw>) {
  const [positives, negatives] = [new Float64Array(BINS), new Float64Array(BINS)];
  scores.forEach((score, i) => (truths[i] ? positives : negatives)[Math.min(BINS - 1, Math.floor(score * BINS))]++);
  return countedScores(MIDDLES, positives, negatives, 0.5 / BINS);
}

describe('isotonic regression', () => {
  it("agrees with scikit-learn's", () => {
    for (const { means, weights, fit } of isotonic) {
      const values = isotonicBlocks(means, weights).flatMap(({ first, last, mean }) =>
        Array.from({ length: last - first + 1 }, () => mean),
      );
      assert.equal(values.length, fit.length);
      fit.forEach((expected, at) => assertClose(values[at], expected, 1e-12, `place ${at}`));
    }
  });

  it('leaves out what has no weight', () => {
    assert.deepEqual(isotonicBlocks([0.5, NaN, 0.7], [1, 0, 2]), [
      { first: 0, last: 0, mean: 0.5, weight: 1 },
      { first: 2, last: 2, mean: 0.7, weight: 2 },
    ]);
    assert.deepEqual(isotonicBlocks([], []), []);
  });
});

describe('quality expected without labels', () => {
  it('is realised within its interval about as often as stated, however the scores have moved', () => {
    const uniform = seededUniform(23);
    const repeats = 300;
    for (const skew of [0.4, 1, 2.5]) {
      const held = { accuracy: 0, precision: 0, recall: 0, f1: 0, rocAuc: 0, positiveShare: 0 };
      let off = 0;
      for (let repeat = 0; repeat < repeats; repeat++) {
        const expected = calibratedOutcomes(binned(draw(4000, uniform, 1)));
        const window = draw(1000, uniform, skew);
        const labels = binned(window);
        const all = Float64Array.from(MIDDLES, (_, bin) => labels.positives[bin] + labels.negatives[bin]);
        const quality = expectedQuality({
          scores: MIDDLES,
          positives: all.map((count, bin) => (bin >= BINS / 2 ? count : 0)),
          negatives: all.map((count, bin) => (bin < BINS / 2 ? count : 0)),
          expected,
        });
        const table = new ConfusionTable(2);
        window.truths.forEach((truth, i) => table.add(Number(truth), Number(window.scores[i] >= 0.5), 1));
        const realised = {
          accuracy: accuracy(table).value,
          precision: precision(table, 1).value,
          recall: recall(table, 1).value,
          f1: f1(table, 1).value,
          rocAuc: rocAuc(labels).value,
          positiveShare: window.truths.filter(Boolean).length / 1000,
        };
        for (const name of Object.keys(held) as (keyof typeof held)[]) {
          held[name] += Number(quality[name].low <= realised[name] && realised[name] <= quality[name].high);
        }
        off += (quality.accuracy.value - realised.accuracy) / repeats;
      }
      assert.ok(Math.abs(off) < 0.005, `accuracy is off by ${off} on average at skew ${skew}`);
      // Of 300 at 95 %, 285 ± 3.8; isotonic regression adds a little bias of its own.
      for (const [name, count] of Object.entries(held)) {
        assert.ok(count >= 265, `${name} at skew ${skew}: ${count} of ${repeats}`);
      }
      assert.ok(held.accuracy <= 298, `${held.accuracy} of ${repeats} is wider than stated`);
    }
  });

  it('is unknown without a baseline or without answers', () => {
    const none = expectedQuality({ scores: [0.5], positives: [3], negatives: [0], expected: [] });
    for (const figure of Object.values(none) as Estimate[]) assert.equal(figure.value, NaN);
    const expected = calibratedOutcomes(countedScores([0.5], [5], [5]));
    assert.equal(expectedQuality({ scores: [0.5], positives: [0], negatives: [0], expected }).accuracy.value, NaN);
    // No answer names the positive class: nothing to be precise about.
    const quality = expectedQuality({ scores: [0.5], positives: [0], negatives: [8], expected });
    assert.deepEqual([quality.precision.value, quality.recall.value, quality.accuracy.value], [NaN, 0, 0.5]);
    assert.deepEqual(calibratedOutcomes(countedScores([0.5], [0], [0])), []);
  });
});
