import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digamma, studentTSf, studentTUpperQuantile, trigamma } from '../../src/index.js';
import { assertClose, oracle } from '../oracle.js';

const cases = oracle<Record<'studentTSf' | 'studentTUpperQuantile' | 'digamma' | 'trigamma', number[][]>>('student-t');

describe("Student's distribution", () => {
  it('has the tails of 50-digit arithmetic', () => {
    for (const [t, df, expected] of cases.studentTSf) assertClose(studentTSf(t, df), expected, 1e-9, `sf(${t}, ${df})`);
  });

  it("has scipy's quantiles", () => {
    for (const [p, df, expected] of cases.studentTUpperQuantile) {
      const found = studentTUpperQuantile(p, df);
      assert.ok(Math.abs(found - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${p}, ${df}: ${found}`);
    }
  });

  it('is the normal one for endless degrees of freedom, and nothing outside its domain', () => {
    assertClose(studentTUpperQuantile(0.025, Infinity), 1.959963984540054, 1e-12, 'quantile');
    assert.equal(studentTSf(0, Infinity), 0.5);
    assert.equal(studentTUpperQuantile(0, 3), NaN);
    assert.equal(studentTSf(1, 0), NaN);
  });
});

describe('digamma and trigamma', () => {
  it('agree with 50-digit arithmetic', () => {
    for (const [x, expected] of cases.digamma) {
      assert.ok(Math.abs(digamma(x) - expected) <= 1e-12 * Math.max(1, Math.abs(expected)), `digamma(${x})`);
    }
    for (const [x, expected] of cases.trigamma) assertClose(trigamma(x), expected, 1e-12, `trigamma(${x})`);
  });
});
