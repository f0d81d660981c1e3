import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeCalibration, splitCaution } from '../../src/index.js';

test('what a baseline lacks is told apart from the sentence before it', () => {
  for (const windows of [0, 7, 8, 39]) {
    const caution = describeCalibration({ calibrated: false, windows });
    assert.notEqual(caution, '');
    assert.deepEqual(splitCaution(`x: PSI 0.3; mean 1 → 2; ${caution}`), {
      sentence: 'x: PSI 0.3; mean 1 → 2',
      caution,
    });
  }
  const whole = 'x: PSI 0.3; baseline 5 windows';
  assert.deepEqual(splitCaution(whole), { sentence: whole, caution: '' });
  assert.equal(describeCalibration({ calibrated: true, windows: 40 }), '');
});
