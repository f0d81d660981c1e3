import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../src/index.js';

test('durations are read in each unit', () => {
  const read = ['250ms', '30s', '5m', '1.5h', '1d', '2w', ' 1s '].map(parseDuration);
  assert.deepEqual(read, [250, 30_000, 300_000, 5_400_000, 86_400_000, 1_209_600_000, 1000]);
  for (const text of ['', '5', 'm', '-1s', '1y', '5 m 3', '1e3s', '0.5ms', '99999999999d'])
    assert.equal(parseDuration(text), null);
});

test('what is written is read again', () => {
  assert.deepEqual([0, 90_000, 86_400_000, 1001].map(formatDuration), ['0s', '90s', '1d', '1001ms']);
  fc.assert(fc.property(fc.nat(), (duration) => assert.equal(parseDuration(formatDuration(duration)), duration)));
});
