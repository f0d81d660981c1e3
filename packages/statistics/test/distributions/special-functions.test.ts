import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as statistics from '../../src/index.js';
import { assertClose, oracle } from '../oracle.js';

/** name: rows of arguments followed by the value. */
const cases = oracle<Record<string, number[][]>>('special-functions');

/** Relative error allowed; a rounded argument alone costs the far tails a few times 1e-13. */
const TOLERANCE = 2e-12;

describe('special functions agree with 50-digit arithmetic', () => {
  for (const [name, rows] of Object.entries(cases)) {
    it(`${name} at ${rows.length} points`, () => {
      const fn = statistics[name as keyof typeof statistics] as (...numbers: number[]) => number;
      for (const row of rows) {
        const expected = row[row.length - 1];
        const args = row.slice(0, -1);
        assertClose(fn(...args), expected, TOLERANCE, `${name}(${args.join(', ')})`);
      }
    });
  }
});

describe('special functions outside their domain', () => {
  it('are NaN, not a number made up', () => {
    assert.equal(statistics.logGamma(-1), NaN);
    assert.equal(statistics.regularizedGammaP(0, 1), NaN);
    assert.equal(statistics.regularizedGammaQ(1, -1), NaN);
    assert.equal(statistics.regularizedBeta(1.5, 1, 1), NaN);
    assert.equal(statistics.normalQuantile(1.1), NaN);
    assert.equal(statistics.kolmogorovSf(NaN), NaN);
    assert.equal(statistics.kolmogorovSmirnovSf(0.2, 2.5), NaN);
    for (const fn of [statistics.erf, statistics.erfc, statistics.normalCdf, statistics.normalQuantile]) {
      assert.equal(fn(NaN), NaN);
    }
  });

  it('reach their limits at its ends', () => {
    assert.equal(statistics.erf(Infinity), 1);
    assert.equal(statistics.erf(-Infinity), -1);
    assert.equal(statistics.erfc(Infinity), 0);
    assert.equal(statistics.normalCdf(-Infinity), 0);
    assert.equal(statistics.normalQuantile(0), -Infinity);
    assert.equal(statistics.normalQuantile(1), Infinity);
    assert.equal(statistics.chiSquareSf(0, 3), 1);
    assert.equal(statistics.chiSquareSf(Infinity, 3), 0);
    assert.equal(statistics.regularizedBeta(0, 2, 3), 0);
    assert.equal(statistics.regularizedBeta(1, 2, 3), 1);
  });
});
