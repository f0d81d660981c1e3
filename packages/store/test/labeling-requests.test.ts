import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Label, LabelingRequest } from '@tidemark/monitoring';
import { readLabelingRequests, writeLabelingRequests, writeLabels } from '../src/index.js';
import { migratedStore } from './embedded.js';
import { HOSTILE, MINUTE, START, STREAM } from './samples.js';

function requestOf(eventId: string, minutes: number, changes: Partial<LabelingRequest> = {}): LabelingRequest {
  return {
    ...{
      eventId,
      stream: STREAM,
      eventTime: START + minutes * MINUTE,
      inclusionProbability: 0.013,
      reason: 'uncertain',
    },
    ...{ stratum: 'country=DE, score=[0.4, 0.6)', baselineId: 'b1', segments: { country: 'DE' } },
    features: { income: 52_000.5, plan: 'pro', active: true, visits: null },
    answer: { score: 0.45, class: 'no', value: null, confidence: 0.1, probabilities: new Map([['no', 0.55]]) },
    ...changes,
  };
}

test('requests are read back as they were written, once each, by time, model and version', async () => {
  const store = await migratedStore();
  const first = requestOf('e1', 0);
  const second = requestOf('e2', 5, {
    ...{ baselineId: null, stratum: '', reason: 'drifted', inclusionProbability: 1, segments: {}, features: {} },
    answer: { score: null, class: null, value: -3, confidence: null, probabilities: new Map() },
  });
  const other = requestOf('e1', 2, { stream: { ...STREAM, version: '8' } });
  await writeLabelingRequests(store, [second, first, other]);
  await writeLabelingRequests(store, [second, first]);
  const filter = { model: STREAM.model, limit: 10 };
  const texts = { income: '52000.5', plan: 'pro', active: 'true', visits: null };
  assert.deepEqual(await readLabelingRequests(store, filter), [
    { ...first, features: texts },
    { ...other, features: texts },
    second,
  ]);
  assert.deepEqual(await readLabelingRequests(store, { ...filter, from: START + 3 * MINUTE }), [second]);
  assert.deepEqual(await readLabelingRequests(store, { ...filter, version: '8' }), [{ ...other, features: texts }]);
  assert.equal((await readLabelingRequests(store, { ...filter, limit: 1 })).length, 1);
  assert.deepEqual(await readLabelingRequests(store, { ...filter, model: 'x' }), []);
});

test('what a label has come for is asked no more', async () => {
  const store = await migratedStore();
  const requests = ['a', 'b', 'c', 'd', 'e'].map((eventId, minutes) => requestOf(eventId, minutes));
  await writeLabelingRequests(store, [...requests, requestOf('c', 9, { stream: { ...STREAM, version: '8' } })]);
  const labelOf = (eventId: string, offset: number, changes: Partial<Label> = {}) => ({
    label: {
      ...{ model: STREAM.model, eventId, version: null, observedAt: START, offset, inclusionProbability: 0.013 },
      truth: { class: 'yes', value: null },
      ...changes,
    },
    expiresAt: Date.now() + 86_400_000,
  });
  await writeLabels(store, { source: 'ground-truth/0', first: 0, end: 5 }, [
    labelOf('a', 0),
    labelOf('a', 1),
    labelOf('b', 2, { model: 'another' }),
    labelOf('c', 3, { version: STREAM.version }),
    labelOf('d', 4, { version: '8' }),
    labelOf('x', 5),
  ]);
  const asked = await readLabelingRequests(store, { model: STREAM.model, limit: 10 });
  assert.deepEqual(
    asked.map(({ eventId, stream }) => [eventId, stream.version]),
    [
      ['b', STREAM.version],
      ['d', STREAM.version],
      ['e', STREAM.version],
      ['c', '8'],
    ],
  );
});

test('no text breaks out of its place', async () => {
  const store = await migratedStore();
  for (const text of HOSTILE) {
    const hostile = requestOf(text, 0, {
      stream: { ...STREAM, model: text },
      ...{ stratum: text, segments: { [text]: text }, features: { [text]: text } },
      answer: { score: NaN, class: text, value: Infinity, confidence: null, probabilities: new Map([[text, 0.5]]) },
    });
    await writeLabelingRequests(store, [hostile]);
    const [read] = await readLabelingRequests(store, { model: text, limit: 10 });
    // JSON's `__proto__` is a name like any other, an object literal's is not.
    if (text === '__proto__') assert.equal(read.eventId, text);
    else assert.deepEqual(read, hostile);
  }
});
