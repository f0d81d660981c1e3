import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLogged, predictionsOf } from '../../src/index.js';
import { batchOf, MINUTE, START } from '../fixtures.js';

const LOG = { share: 1, ttl: MINUTE, orphanAfter: MINUTE, mostOrphans: 0.1 };

test('predictions are logged with their answer and the slices that they are in', () => {
  const batch = batchOf([
    { time: START, features: { 'prediction.score': 0.25, 'prediction.class': 'yes' }, country: 'DE' },
    { time: START + 1, features: { age: 3 }, country: 'DE' },
    { time: START + 2, features: { 'prediction.score': NaN, 'prediction.probability.no': 0.5 } },
  ]);
  const slices = { predictionLog: LOG, segments: [['country'], ['country', 'device']] };
  const rows = [...predictionsOf(batch, slices)];
  assert.deepEqual(
    rows.map(({ row }) => row),
    [0, 2],
  );
  assert.deepEqual(rows[0].prediction, {
    ...{ stream: batch.stream, eventId: 'e0', eventTime: START, share: 1 },
    segments: [{ dimension: 'country', value: 'DE' }],
    answer: { score: 0.25, class: 'yes', value: null, confidence: null, probabilities: new Map() },
  });
  assert.deepEqual(rows[1].prediction.answer, {
    ...{ score: null, class: null, value: null, confidence: null },
    probabilities: new Map([['no', 0.5]]),
  });
  assert.deepEqual([...predictionsOf(batch, { ...slices, predictionLog: null })], []);
});

test('a sample of the log is of the stated share, the same for everyone, and grows with it', () => {
  const ids = Array.from({ length: 20_000 }, (_, n) => `loan-${n}`);
  const tenth = new Set(ids.filter((id) => isLogged(id, 0.1)));
  // Six standard deviations of a binomial: sqrt(20000 * 0.1 * 0.9) is 42.
  assert.ok(Math.abs(tenth.size - 2000) < 255, `${tenth.size} of 20000`);
  assert.ok([...tenth].every((id) => isLogged(id, 0.2)));
  assert.ok(ids.every((id) => isLogged(id, 1)));
});
