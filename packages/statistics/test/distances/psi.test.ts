import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { debiasedPsi, psi, psiBias, psiTerms } from '../../src/index.js';
import { assertClose, seededUniform } from '../oracle.js';

describe('psi', () => {
  it('is the sum of its terms, none of them negative', () => {
    const terms = psiTerms([10, 20, 0, 4], [3, 30, 5, 0]);
    assert.ok(terms.every((term) => term >= 0));
    assertClose(
      terms.reduce((a, b) => a + b),
      psi([10, 20, 0, 4], [3, 30, 5, 0]),
      1e-15,
      'sum',
    );
  });

  it('is infinite for an empty bin without a pseudocount, and finite with one', () => {
    assert.equal(psi([5, 5, 0], [4, 0, 0], 0), Infinity);
    assert.ok(Number.isFinite(psi([5, 5, 0], [4, 0, 0])));
    assert.throws(() => psi([1], [1], -1), /pseudocount/);
  });

  for (const [bins, n, m] of [
    [10, 5000, 1000],
    [10, 500, 2000],
    [40, 20_000, 4000],
  ]) {
    it(`without drift is on average its stated bias: ${bins} bins, n = ${n}, m = ${m}`, () => {
      const uniform = seededUniform(bins * n + m);
      const repeats = 400;
      let sum = 0;
      for (let repeat = 0; repeat < repeats; repeat++) sum += psi(draw(n), draw(m));
      const mean = sum / repeats;
      // PSI is about (1/n + 1/m) χ²: its standard deviation is the bias times √(2 / (bins − 1)); four standard errors and 3 %.
      const bias = psiBias(bins, n, m);
      const allowed = bias * (4 * Math.sqrt(2 / (bins - 1) / repeats) + 0.03);
      assert.ok(Math.abs(mean - bias) < allowed, `${mean} instead of ${bias} ± ${allowed}`);

      function draw(size: number): Float64Array {
        const counts = new Float64Array(bins);
        for (let i = 0; i < size; i++) counts[Math.floor(uniform() * bins)]++;
        return counts;
      }
    });
  }
});

describe('debiasedPsi', () => {
  it('takes the bias away, down to 0', () => {
    assert.equal(psiBias(11, 100, 1000), 10 * (1 / 100 + 1 / 1000));
    assertClose(debiasedPsi(0.21, 11, 100, 1000), 0.1, 1e-12, 'debiased');
    assert.equal(debiasedPsi(0.05, 11, 100, 1000), 0);
    assert.equal(debiasedPsi(NaN, 11, 100, 1000), NaN);
  });

  it('has no bias in one bin, an infinite one without values', () => {
    assert.equal(psiBias(1, 0, 0), 0);
    assert.equal(psiBias(2, 0, 5), Infinity);
    assert.equal(debiasedPsi(0.3, 2, 0, 5), 0);
  });
});
