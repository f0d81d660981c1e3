import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logMixtureEValue } from '../../src/index.js';
import { seededUniform } from '../oracle.js';

describe('logMixtureEValue', () => {
  it('is the integral of likelihood ratios over a half-normal prior', () => {
    for (const [sum, variance, scale] of [
      [40, 100, 100],
      [-15, 50, 10],
      [3, 1, 200],
      [0, 7, 7],
    ]) {
      // ∫ 2 φ(λ √ρ) √ρ exp(λ s − λ² v / 2) dλ over λ > 0, by the trapezoidal rule.
      const step = 1e-4;
      let integral = 0;
      for (let i = 0; i < 80_000; i++) {
        const lambda = i * step;
        const density = 2 * Math.sqrt(scale / (2 * Math.PI)) * Math.exp((-scale * lambda * lambda) / 2);
        const ratio = Math.exp(lambda * sum - (lambda * lambda * variance) / 2);
        integral += (i === 0 ? 0.5 : 1) * density * ratio * step;
      }
      const found = logMixtureEValue(sum, variance, scale);
      assert.ok(Math.abs(found - Math.log(integral)) < 1e-5, `${found}, not ${Math.log(integral)}`);
    }
    assert.equal(logMixtureEValue(0, 0, 10), 0);
  });

  it('seldom reaches 20 without a rise, however often one looks', () => {
    const next = seededUniform(5);
    let reached = 0;
    const runs = 1000;
    for (let run = 0; run < runs; run++) {
      let sum = 0;
      for (let n = 1; n <= 500; n++) {
        sum += Number(next() < 0.2) - 0.2;
        if (logMixtureEValue(sum, 0.16 * n, 0.16 * 200) < Math.log(20)) continue;
        reached++;
        break;
      }
    }
    // One in twenty is what Ville's inequality allows; three standard deviations more would be 0.071.
    assert.ok(reached / runs <= 0.071, `${reached} of ${runs}`);
  });
});
