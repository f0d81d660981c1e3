import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { binomialTest, comparePoissonRates, twoProportionTest } from '../../src/index.js';
import { assertClose, oracle } from '../oracle.js';

type Row = readonly [number, number, number, number, number];
const cases = oracle<{ fisher: Row[]; rates: Row[]; binomial: [number, number, number, number][] }>('exact-tests');

describe('twoProportionTest', () => {
  it("agrees with scipy's Fisher test, from tiny samples to a million", () => {
    for (const [a, n, b, m, p] of cases.fisher) {
      assertClose(twoProportionTest(a, n, b, m).pValue, p, 1e-9, `${a}/${n} and ${b}/${m}`);
    }
  });

  it('does not mind which sample comes first, nor whether faults or their absence are counted', () => {
    const sample = fc.integer({ min: 1, max: 300 }).chain((n) => fc.tuple(fc.nat(n), fc.constant(n)));
    fc.assert(
      fc.property(sample, sample, ([a, n], [b, m]) => {
        const { difference, pValue } = twoProportionTest(a, n, b, m);
        assert.ok(pValue > 0 && pValue <= 1);
        assert.equal(difference, b / m - a / n);
        assertClose(twoProportionTest(b, m, a, n).pValue, pValue, 1e-10, 'swapped');
        assertClose(twoProportionTest(n - a, n, m - b, m).pValue, pValue, 1e-10, 'complements');
        if (a * m === b * n) assert.equal(pValue, 1);
      }),
    );
  });

  it('keeps its level: over all outcomes, p ≤ α has probability at most α', () => {
    // 12 and 9 draws with a true share of 0.2.
    const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);
    const chance = (k: number, n: number): number => choose(n, k) * 0.2 ** k * 0.8 ** (n - k);
    for (const alpha of [0.01, 0.05, 0.2]) {
      let rejected = 0;
      for (let a = 0; a <= 12; a++) {
        for (let b = 0; b <= 9; b++) {
          if (twoProportionTest(a, 12, b, 9).pValue <= alpha) rejected += chance(a, 12) * chance(b, 9);
        }
      }
      assert.ok(rejected <= alpha, `${rejected} at ${alpha}`);
      assert.ok(rejected > 0);
    }
  });

  it('is not 0 deep in the tail while a double can hold it', () => {
    const { pValue } = twoProportionTest(0, 500, 480, 500);
    assert.ok(pValue > 0 && pValue < 1e-200);
  });

  it('is NaN without a sample, and refuses what is no count', () => {
    assert.deepEqual(twoProportionTest(0, 0, 3, 10), { difference: NaN, pValue: NaN });
    assert.deepEqual(twoProportionTest(3, 10, 0, 0), { difference: NaN, pValue: NaN });
    assert.throws(() => twoProportionTest(3, 2, 0, 5), /not 3 of 2/);
    assert.throws(() => twoProportionTest(-1, 2, 0, 5), RangeError);
    assert.throws(() => twoProportionTest(1, 2, NaN, 5), RangeError);
  });
});

describe('binomialTest', () => {
  it('agrees with scipy', () => {
    for (const [k, n, p, expected] of cases.binomial)
      assertClose(binomialTest(k, n, p), expected, 1e-9, `${k} of ${n}`);
  });
});

describe('comparePoissonRates', () => {
  it("agrees with scipy's conditional binomial test", () => {
    for (const [a, s, b, t, p] of cases.rates) {
      assertClose(comparePoissonRates(a, s, b, t).pValue, p, 1e-9, `${a} in ${s}, ${b} in ${t}`);
    }
  });

  it('gives the ratio of the rates', () => {
    assert.equal(comparePoissonRates(10, 10, 30, 15).ratio, 2);
    assert.equal(comparePoissonRates(0, 10, 30, 15).ratio, Infinity);
  });

  it('has nothing to say without events or without time', () => {
    assert.deepEqual(comparePoissonRates(0, 10, 0, 10), { ratio: NaN, pValue: 1 });
    assert.deepEqual(comparePoissonRates(5, 0, 5, 10), { ratio: NaN, pValue: NaN });
    assert.throws(() => comparePoissonRates(-1, 1, 1, 1), RangeError);
    assert.throws(() => comparePoissonRates(1, Infinity, 1, 1), RangeError);
  });
});
