import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  divergenceBias,
  divergenceInterval,
  divergencePValue,
  empiricalCdf,
  hellinger,
  jensenShannonDistance,
  ksBias,
  ksInterval,
  ksStatistic,
  noncentralChiSquareCdf,
  noncentralityInterval,
  normalCdf,
  normalQuantile,
  permutationTest,
  psi,
  totalVariation,
  totalVariationBias,
  wassersteinBias,
  wassersteinDistance,
  wassersteinPValue,
  type DivergenceName,
} from '../src/index.js';
import { assertClose, oracle, seededUniform } from './oracle.js';

interface NullCases {
  readonly noncentralChiSquareCdf: readonly (readonly [x: number, df: number, noncentrality: number, p: number])[];
  readonly noncentralityInterval: readonly (readonly [
    x: number,
    df: number,
    confidence: number,
    low: number,
    high: number,
  ])[];
  readonly divergences: readonly ({
    readonly reference: number[];
    readonly window: number[];
    readonly totalVariationBias: number;
  } & Readonly<Record<DivergenceName, { readonly value: number; readonly bias: number; readonly pValue: number }>>)[];
  readonly permutation: readonly { reference: number[]; window: number[]; pValue: number; mean: number }[];
  readonly wasserstein: readonly { a: number[]; b: number[]; pValue: number; mean: number; bias: number }[];
}

const cases = oracle<NullCases>('null-distributions');
const distances = { psi, jensenShannonDistance, hellinger };
const names = Object.keys(distances) as DivergenceName[];
const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/** Ten bins that are equally probable under the standard normal, and their shares under one that is shifted by d. */
function sharesAt(d: number): number[] {
  const edges = Array.from({ length: 11 }, (_, i) => normalQuantile(i / 10) - d);
  return Array.from({ length: 10 }, (_, bin) => normalCdf(edges[bin + 1]) - normalCdf(edges[bin]));
}

function drawCounts(shares: readonly number[], size: number, uniform: () => number): Float64Array {
  const counts = new Float64Array(shares.length);
  const upTo = shares.map((_, bin) => total(shares.slice(0, bin + 1)));
  for (let i = 0; i < size; i++) {
    const u = uniform();
    let bin = 0;
    while (bin < shares.length - 1 && u >= upTo[bin]) bin++;
    counts[bin]++;
  }
  return counts;
}

describe('the noncentral chi-square distribution', () => {
  it('agrees with scipy, and so do the intervals of its noncentrality', () => {
    for (const [x, df, noncentrality, p] of cases.noncentralChiSquareCdf) {
      const value = noncentralChiSquareCdf(x, df, noncentrality);
      assert.ok(Math.abs(value - p) < 1e-11, `${value} instead of ${p} at ${x}, ${df}, ${noncentrality}`);
    }
    for (const [x, df, confidence, low, high] of cases.noncentralityInterval) {
      const interval = noncentralityInterval(x, df, confidence);
      assert.ok(Math.abs(interval[0] - low) < 1e-8 * (1 + low), `${interval[0]} instead of ${low}`);
      assert.ok(Math.abs(interval[1] - high) < 1e-8 * (1 + high), `${interval[1]} instead of ${high}`);
    }
    assert.equal(noncentralChiSquareCdf(-1, 3, 1), NaN);
    assert.deepEqual(noncentralityInterval(1, 0, 0.95), [NaN, NaN]);
  });
});

describe('distances over bins when nothing has changed', () => {
  it('have the mean and the p-value that scipy gives', () => {
    for (const { reference, window, totalVariationBias: ofTotalVariation, ...expected } of cases.divergences) {
      const [n, m] = [total(reference), total(window)];
      const bins = reference.filter((count, bin) => count + window[bin] > 0).length;
      for (const name of names) {
        const { value, bias, pValue } = expected[name];
        assertClose(divergenceBias(name, bins, n, m), bias, 1e-9, `${name}: bias`);
        // The p-value's relative error is that of the statistic times the statistic.
        assertClose(divergencePValue(name, value, bins, n, m), pValue, 1e-9, `${name}: p-value`);
      }
      assertClose(totalVariationBias(reference, window), ofTotalVariation, 1e-9, 'total variation');
    }
  });

  it('are as great as stated on average, and exceed a level as often', () => {
    const uniform = seededUniform(31);
    const shares = sharesAt(0);
    const [n, m, repeats] = [4000, 1000, 600];
    const sums = { psi: 0, jensenShannonDistance: 0, hellinger: 0, totalVariation: 0 };
    const rejected = { psi: 0, jensenShannonDistance: 0, hellinger: 0 };
    let [ofTotalVariation, ks] = [0, 0];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const [a, b] = [drawCounts(shares, n, uniform), drawCounts(shares, m, uniform)];
      for (const name of names) {
        const value = distances[name](a, b);
        sums[name] += value / repeats;
        rejected[name] += Number(divergencePValue(name, value, 10, n, m) < 0.05);
      }
      sums.totalVariation += totalVariation(a, b) / repeats;
      ofTotalVariation += totalVariationBias(a, b) / repeats;
    }
    for (const name of names) {
      assertClose(sums[name], divergenceBias(name, 10, n, m), 0.06, `mean ${name}`);
      // Of 600 at 5 %, 30 ± 5.3: four standard deviations.
      assert.ok(Math.abs(rejected[name] - 30) < 22, `${name}: ${rejected[name]} of ${repeats}`);
    }
    assertClose(sums.totalVariation, ofTotalVariation, 0.06, 'mean total variation');
    for (let repeat = 0; repeat < 200; repeat++) {
      const draw = (size: number): number[] => Array.from({ length: size }, uniform).sort((x, y) => x - y);
      ks += ksStatistic(empiricalCdf(draw(400)), empiricalCdf(draw(200))) / 200;
    }
    assertClose(ks, ksBias(400, 200), 0.08, 'mean KS');
  });

  it('have nothing to differ in one bin, and no answer without values', () => {
    assert.equal(divergenceBias('psi', 1, 5, 5), 0);
    assert.equal(divergencePValue('hellinger', 0, 1, 5, 5), 1);
    assert.equal(divergencePValue('psi', 0.1, 5, 0, 5), NaN);
    assert.deepEqual(divergenceInterval('psi', [5, 0], [9, 0]), [0, 0]);
    assert.deepEqual(divergenceInterval('psi', [500, 700], [500, 700]), [0, 0]);
    assert.deepEqual(divergenceInterval('psi', [5, 1], [0, 0]), [NaN, NaN]);
    assert.equal(totalVariationBias([0], [3]), NaN);
  });
});

describe('an interval of a distance', () => {
  for (const d of [0, 0.1, 0.3, 0.6, 1]) {
    it(`holds the distance of the distributions about as often as stated: a shift of ${d} standard deviations`, () => {
      const uniform = seededUniform(100 + 10 * d);
      const [before, after] = [sharesAt(0), sharesAt(d)];
      const repeats = 600;
      // Shares as if they were counts of very many values.
      const scaled = (shares: readonly number[]): number[] => shares.map((share) => share * 1e12);
      const held = { psi: 0, jensenShannonDistance: 0, hellinger: 0 };
      for (let repeat = 0; repeat < repeats; repeat++) {
        const [a, b] = [drawCounts(before, 3000, uniform), drawCounts(after, 1000, uniform)];
        for (const name of names) {
          const truth = distances[name](scaled(before), scaled(after));
          const [low, high] = divergenceInterval(name, a, b);
          held[name] += Number(low <= truth && truth <= high);
        }
      }
      // Of 600 at 95 %, 570 ± 5.3: four standard deviations.
      for (const name of names) assert.ok(held[name] >= 548, `${name}: ${held[name]} of ${repeats}`);
    });
  }

  it('of the KS statistic holds at least as often as stated', () => {
    const uniform = seededUniform(8);
    let held = 0;
    for (let repeat = 0; repeat < 200; repeat++) {
      const draw = (size: number, shift: number): number[] =>
        Array.from({ length: size }, () => uniform() + shift).sort((x, y) => x - y);
      const [low, high] = ksInterval(ksStatistic(empiricalCdf(draw(300, 0)), empiricalCdf(draw(150, 0.2))), 300, 150);
      held += Number(low <= 0.2 && 0.2 <= high);
    }
    assert.ok(held >= 190, String(held));
    assert.deepEqual(ksInterval(NaN, 3, 3), [NaN, NaN]);
  });
});

describe('a permutation test of counts', () => {
  it('comes to what all splits give, within its standard error', () => {
    for (const { reference, window, pValue, mean } of cases.permutation) {
      const draws = 20_000;
      const test = permutationTest(totalVariation, reference, window, { draws });
      const error = 4 * Math.sqrt((pValue * (1 - pValue)) / draws) + 1 / draws;
      assert.ok(Math.abs(test.pValue - pValue) < error, `${test.pValue} instead of ${pValue}`);
      assert.ok(
        Math.abs(test.mean - mean) < (4 * test.deviation) / Math.sqrt(draws),
        `${test.mean} instead of ${mean}`,
      );
    }
  });

  it('gives the same for the same seed, another for another', () => {
    const run = (seed: number) => permutationTest(psi, [90, 210, 100], [110, 190, 100], { seed });
    assert.deepEqual(run(5), run(5));
    assert.notDeepEqual(run(5), run(6));
  });

  it('keeps its level where bins are too rare for any formula', () => {
    const uniform = seededUniform(77);
    const shares = [0.9, ...Array.from({ length: 20 }, () => 0.005)];
    let rejected = 0;
    for (let repeat = 0; repeat < 400; repeat++) {
      const [a, b] = [drawCounts(shares, 300, uniform), drawCounts(shares, 60, uniform)];
      rejected += Number(permutationTest(psi, a, b, { draws: 99, seed: repeat }).pValue <= 0.05);
    }
    // Of 400 at 5 %, 20 ± 4.4.
    assert.ok(rejected <= 20 + 4 * 4.4, String(rejected));
  });

  it('copes with large counts, and has no answer without values', () => {
    const test = permutationTest(hellinger, [1e6, 2e6, 1e6], [50_500, 99_800, 49_700], { draws: 99 });
    assertClose(test.mean, divergenceBias('hellinger', 3, 4e6, 2e5), 0.2, 'mean');
    assert.deepEqual(permutationTest(psi, [0, 0], [1, 2]), { pValue: NaN, mean: NaN, deviation: NaN });
  });
});

describe('the Wasserstein distance when nothing has changed', () => {
  it('has the mean and the p-value of all permutations of the raw values, asymptotically', () => {
    for (const { a, b, pValue, mean, bias } of cases.wasserstein) {
      const [f, g] = [empiricalCdf(a), empiricalCdf(b)];
      const stated = wassersteinBias(f, g, a.length, b.length);
      assertClose(stated, bias, 1e-9, 'bias');
      assertClose(stated, mean, 0.04, 'mean');
      const p = wassersteinPValue(wassersteinDistance(f, g), f, g, a.length, b.length, { draws: 4999 });
      assert.ok(
        Math.abs(p - pValue) < 0.01 + 4 * Math.sqrt((pValue * (1 - pValue)) / 4999),
        `${p} instead of ${pValue}`,
      );
    }
  });

  it('integrates straight lines exactly', () => {
    const line = { xs: Float64Array.of(0, 1), below: Float64Array.of(0, 1), upTo: Float64Array.of(0, 1) };
    // ∫ √(h (1 − h)) over [0, 1] is π / 8.
    assertClose(
      wassersteinBias(line, line, 100, 100),
      Math.sqrt((2 / Math.PI) * 0.02) * (Math.PI / 8),
      1e-12,
      'uniform',
    );
  });

  it('has no answer without values', () => {
    const none = empiricalCdf([]);
    assert.equal(wassersteinBias(none, none, 0, 0), NaN);
    assert.equal(wassersteinPValue(NaN, empiricalCdf([1]), empiricalCdf([2]), 1, 1), NaN);
  });
});
