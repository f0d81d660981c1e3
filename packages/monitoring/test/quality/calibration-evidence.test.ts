import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calibrationTest } from '@tidemark/statistics';
import { together } from '../../src/quality/calibration-evidence.js';
import { random } from '../fixtures.js';

const GROUPS = 6;
const LABELS = 200;

/** The p-value of counts that are as expected: in each group of scores classes have some shares. */
function pValueOf(next: () => number, shares: readonly number[]): number {
  const counts = Array.from({ length: GROUPS }, () => {
    const drawn = shares.map(() => 0);
    for (let label = 0; label < LABELS; label++) {
      let u = next();
      let k = 0;
      while (k < shares.length - 1 && u >= shares[k]) u -= shares[k++];
      drawn[k]++;
    }
    return drawn;
  });
  const judged = shares.length === 2 ? [1] : shares.map((_, k) => k);
  return together(
    judged.map((k) =>
      calibrationTest(
        counts.map((drawn) => ({ expected: shares[k], labels: LABELS, positives: drawn[k], learntFrom: Infinity })),
      ),
    ),
  ).pValue;
}

test('the calibration of classes keeps its level, however many there are', () => {
  for (const shares of [
    [0.7, 0.3],
    [1 / 3, 1 / 3, 1 / 3],
    [0.5, 0.3, 0.2],
    [0.25, 0.25, 0.25, 0.25],
  ]) {
    const next = random(5);
    const pValues = Array.from({ length: 3000 }, () => pValueOf(next, shares));
    const rejected = pValues.filter((p) => p < 0.01).length / pValues.length;
    // Three standard errors around the level, and what three equal classes taken for independent would show is 0.025.
    assert.ok(rejected > 0.003 && rejected < 0.0165, `${shares.length} classes: ${rejected}`);
  }
});
