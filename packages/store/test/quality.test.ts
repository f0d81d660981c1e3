import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_EVENTS, type QualityRow } from '@tidemark/monitoring';
import { writeQuality } from '../src/index.js';
import { migratedStore } from './embedded.js';
import { START, STREAM } from './samples.js';

const NOTHING = { value: NaN, low: NaN, high: NaN };

function rowOf(changes: Partial<QualityRow>): QualityRow {
  return {
    ...{ stream: STREAM, segment: ALL_EVENTS, windowSize: 3_600_000, windowStart: START, metric: 'accuracy' },
    ...{ baselineId: null, predictions: 500, labels: 0, realised: NOTHING, estimated: NOTHING, reference: 0.8 },
    expected: { value: 0.79, low: 0.77, high: 0.81 },
    ...{ verdict: 'not-enough-labels', labelsNeeded: 100, evidence: ['inputs as in the baseline', `it's "so"`] },
    ...changes,
  };
}

test('a window has one row a metric: that of the labels that have come by now', async () => {
  const store = await migratedStore();
  await writeQuality(store, [rowOf({}), rowOf({ metric: 'f1', expected: NOTHING })]);
  const realised = { value: 0.7, low: 0.65, high: Infinity };
  await writeQuality(store, [rowOf({ labels: 120, realised, verdict: 'concept-drift', labelsNeeded: 0 })]);
  const rows = await store.query(
    `SELECT metric, labels, realised, realised_high, expected, estimated, verdict, labels_needed, evidence
     FROM ${store.database}.quality ORDER BY metric`,
  );
  const evidence = ['inputs as in the baseline', `it's "so"`];
  assert.deepEqual(rows, [
    {
      ...{ metric: 'accuracy', labels: 120, realised: 0.7, realised_high: null, expected: 0.79, estimated: null },
      ...{ verdict: 'concept-drift', labels_needed: 0, evidence },
    },
    {
      ...{ metric: 'f1', labels: 0, realised: null, realised_high: null, expected: null, estimated: null },
      ...{ verdict: 'not-enough-labels', labels_needed: 100, evidence },
    },
  ]);
});
