import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFalseAlarms, parseFalseAlarms } from '../../src/index.js';

const DAY = 86_400_000;

test('accepted false alarms are read and written', () => {
  assert.deepEqual(parseFalseAlarms(' 1 per 30d '), { count: 1, per: 30 * DAY });
  assert.deepEqual(parseFalseAlarms('0.5 per 1w'), { count: 0.5, per: 7 * DAY });
  for (const text of ['1 per 30d', '0.5 per 7d', '3 per 90m']) {
    assert.equal(formatFalseAlarms(parseFalseAlarms(text)!), text);
  }
});

test('what accepts none, or names no period, is refused', () => {
  for (const text of ['', '1', '0 per 30d', '1 per 0s', '-1 per 1d', '1 per month', '1 in 30d', '1  per 30d x']) {
    assert.equal(parseFalseAlarms(text), null, text);
  }
});
