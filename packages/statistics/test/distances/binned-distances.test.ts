import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { chiSquare, hellinger, jensenShannonDistance, psi, psiTerms, totalVariation } from '../../src/index.js';
import { assertClose, oracle } from '../oracle.js';

interface BinnedCase {
  readonly reference: number[];
  readonly window: number[];
  readonly psi: number;
  readonly jensenShannonDistance: number;
  readonly hellinger: number;
  readonly totalVariation: number;
  readonly chiSquare: number;
  readonly degreesOfFreedom: number;
  readonly pValue: number;
}

const distances = { psi, jensenShannonDistance, hellinger, totalVariation };
const symmetric = Object.entries(distances);

/** Two histograms over the same bins, each with at least one value. */
const histograms = fc
  .integer({ min: 1, max: 20 })
  .chain((bins) =>
    fc.tuple(
      fc.array(fc.nat(1000), { minLength: bins, maxLength: bins }),
      fc.array(fc.nat(1000), { minLength: bins, maxLength: bins }),
    ),
  )
  .filter((pair) => pair.every((counts) => counts.some((count) => count > 0)));

describe('distances over bins', () => {
  it('agree with scipy', () => {
    for (const [index, expected] of oracle<BinnedCase[]>('binned').entries()) {
      const { reference, window } = expected;
      for (const [name, distance] of symmetric) {
        const value = expected[name as keyof typeof distances];
        assertClose(distance(reference, window), value, 1e-9, `${name} of case ${index}`);
      }
      const test = chiSquare(reference, window);
      assertClose(test.statistic, expected.chiSquare, 1e-9, `chi-square of case ${index}`);
      assert.equal(test.degreesOfFreedom, expected.degreesOfFreedom);
      assertClose(test.pValue, expected.pValue, 1e-9, `p-value of case ${index}`);
    }
  });

  it('are symmetric, 0 for equal counts, and within their bounds', () => {
    fc.assert(
      fc.property(histograms, ([a, b]) => {
        for (const [name, distance] of symmetric) {
          const value = distance(a, b);
          assert.ok(value >= 0, name);
          if (name !== 'psi') assert.ok(value <= 1, name);
          assert.ok(Math.abs(value - distance(b, a)) <= 1e-12 * (1 + value), `${name} is symmetric`);
          assert.equal(distance(a, a), 0, `${name} of a histogram and itself`);
        }
        const test = chiSquare(a, b);
        assert.ok(test.statistic >= 0 && test.pValue >= 0 && test.pValue <= 1);
        assert.ok(Math.abs(test.statistic - chiSquare(b, a).statistic) <= 1e-9 * (1 + test.statistic));
      }),
    );
  });

  it('obey the inequalities between them: H² ≤ TV ≤ √2 H', () => {
    fc.assert(
      fc.property(histograms, ([a, b]) => {
        const [h, tv] = [hellinger(a, b), totalVariation(a, b)];
        assert.ok(h * h <= tv + 1e-12 && tv <= Math.SQRT2 * h + 1e-12);
      }),
    );
  });

  it('do not depend on the order of the bins', () => {
    fc.assert(
      fc.property(histograms, ([a, b]) => {
        const [aReversed, bReversed] = [a.toReversed(), b.toReversed()];
        for (const [name, distance] of symmetric) {
          assert.ok(Math.abs(distance(a, b) - distance(aReversed, bReversed)) < 1e-12 * (1 + distance(a, b)), name);
        }
      }),
    );
  });

  it('are 1 without a bin in common, where they are bounded', () => {
    for (const distance of [jensenShannonDistance, hellinger, totalVariation]) {
      assertClose(distance([3, 5, 0, 0], [0, 0, 9, 2]), 1, 1e-15, distance.name);
    }
  });

  it('keep their precision for shares that hardly differ', () => {
    // With shares ½ ± ε: JS² ≈ ε² / (2 ln 2) for ½ against ½ + ε.
    const epsilon = 1e-8;
    const value = jensenShannonDistance([1e8, 1e8], [1e8 + 2, 1e8 - 2]);
    assertClose(value, epsilon * Math.sqrt(1 / (2 * Math.LN2)), 1e-6, 'js');
  });

  it('are NaN where a side has no values', () => {
    for (const [a, b] of [
      [
        [0, 0],
        [1, 2],
      ],
      [
        [1, 2],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 0],
      ],
      [[], []],
    ]) {
      for (const [name, distance] of symmetric) assert.equal(distance(a, b), NaN, name);
      assert.deepEqual(chiSquare(a, b), { statistic: NaN, degreesOfFreedom: NaN, pValue: NaN });
    }
    assert.deepEqual([...psiTerms([0, 0], [1, 2])], [NaN, NaN]);
  });

  it('refuse other bins and what is no count', () => {
    for (const distance of [psi, jensenShannonDistance, hellinger, totalVariation, chiSquare]) {
      assert.throws(() => distance([1, 2], [1, 2, 3]), /the reference has 2, the window 3/);
      assert.throws(() => distance([1, 2], [1, -2]), /bin 1 has -2/);
      assert.throws(() => distance([NaN, 2], [1, 2]), /bin 0 has NaN/);
      assert.throws(() => distance([1, 2], [Infinity, 2]), RangeError);
    }
  });
});

describe('chiSquare', () => {
  it('leaves out bins that are empty on both sides', () => {
    assert.deepEqual(chiSquare([5, 0, 9], [7, 0, 3]), chiSquare([5, 9], [7, 3]));
  });

  it('has nothing to test in one bin', () => {
    assert.deepEqual(chiSquare([5, 0], [9, 0]), { statistic: 0, degreesOfFreedom: 0, pValue: 1 });
  });
});
