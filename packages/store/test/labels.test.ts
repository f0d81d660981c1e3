import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Label, LoggedPrediction, ModelRole } from '@tidemark/monitoring';
import {
  readLabelledEvents,
  revisitWaitingLabels,
  settleWaitingLabels,
  writeLabelJoins,
  writeLabels,
  writePredictions,
  writeWaitingLabels,
  type Store,
  type WaitingLabel,
} from '../src/index.js';
import { migratedStore } from './embedded.js';
import { HOSTILE as PARTS, START } from './samples.js';

const HOSTILE = PARTS.join(' ');
const DAY = 86_400_000;
/** Later than the tests run, so that nothing expires while they do. */
const EXPIRES = Date.now() + 90 * DAY;

function prediction(eventId: string, version = '1', role: ModelRole = 'champion', score = 0.5): LoggedPrediction {
  return {
    stream: { model: 'm', version, role },
    ...{ eventId, eventTime: START + 17, share: 0.5 },
    segments: [{ dimension: 'country', value: 'DE' }],
    answer: { score, class: 'yes', value: null, confidence: 0.1 + 0.2, probabilities: new Map([['yes', 1 / 3]]) },
  };
}

function label(eventId: string, offset: number, more: Partial<Label> = {}): Label {
  const truth = { class: 'no', value: null };
  return { model: 'm', eventId, version: null, observedAt: START, offset, truth, inclusionProbability: 1, ...more };
}

const logged = (each: LoggedPrediction, offset: number) => ({ prediction: each, offset, expiresAt: EXPIRES });
const kept = (each: Label) => ({ label: each, expiresAt: EXPIRES });
const batchOf = (first: number, end: number) => ({ source: 'ground-truth/0', first, end });

describe('labels and the predictions they belong to', () => {
  let store: Store;
  before(async () => {
    store = await migratedStore();
    await writePredictions(store, [
      logged(prediction('a'), 1),
      logged(prediction('a', '2', 'shadow'), 2),
      logged(prediction('b'), 3),
      logged(prediction(HOSTILE, HOSTILE), 4),
      // The event comes once more, and the first record of another after its second.
      logged(prediction('a', '1', 'champion', 0.9), 11),
      logged(prediction('c', '1', 'champion', 0.2), 30),
    ]);
    await writePredictions(store, [logged(prediction('c', '1', 'champion', 0.1), 20)]);
  });

  test('predictions come back as they were first logged', async () => {
    const batch = batchOf(0, 5);
    await writeLabels(store, batch, [label('a', 0), label('c', 1), label('z', 2)].map(kept));
    const { predictions, labels, met } = await readLabelledEvents(store, batch);
    assert.deepEqual(predictions, [
      prediction('a'),
      prediction('a', '2', 'shadow'),
      prediction('c', '1', 'champion', 0.1),
    ]);
    assert.deepEqual(labels, [label('a', 0), label('c', 1), label('z', 2)]);
    assert.equal(met.size, 0);
  });

  test('of each event the label before the batch and that within it are given, by version', async () => {
    const batch = batchOf(103, 106);
    const labels = [
      label('b', 100),
      label('b', 101, { observedAt: START - 1 }),
      label('b', 102, { version: '1', truth: { class: null, value: 0.1 + 0.2 } }),
      label('b', 103, { inclusionProbability: 0.25 }),
      label('b', 104, { observedAt: START - 1 }),
      label('b', 105, { version: '1' }),
      label('b', 106),
    ];
    await writeLabels(store, batch, labels.map(kept));
    await writeLabels(store, batch, labels.map(kept));
    const found = await readLabelledEvents(store, batch);
    assert.deepEqual(found.labels, [labels[0], labels[2], labels[3], labels[5]]);
    const elsewhere = { ...batch, source: 'ground-truth/1' };
    assert.deepEqual((await readLabelledEvents(store, elsewhere)).labels, []);
  });

  test('a join counts from its label on', async () => {
    const b = prediction('b');
    await writeLabelJoins(store, batchOf(200, 210), [{ prediction: b, offset: 205 }], EXPIRES);
    for (const first of [205, 206]) {
      const batch = batchOf(first, 220);
      await writeLabels(store, batch, [kept(label('b', 210))]);
      const { met } = await readLabelledEvents(store, batch);
      assert.equal(met.size, first - 205);
    }
  });

  test('ids are never taken for SQL', async () => {
    const batch = batchOf(300, 301);
    await writeLabels(store, batch, [kept(label(HOSTILE, 300, { version: HOSTILE }))]);
    const { predictions, labels } = await readLabelledEvents(store, batch);
    assert.deepEqual([predictions[0].eventId, labels[0].eventId, labels[0].version], [HOSTILE, HOSTILE, HOSTILE]);
  });

  test('what has expired is removed, and nothing else', async () => {
    await writePredictions(store, [{ ...logged(prediction('old'), 1), expiresAt: Date.now() - 30 * DAY }]);
    await store.command(`OPTIMIZE TABLE ${store.database}.predictions_raw FINAL`);
    const rows = await store.query(`SELECT DISTINCT event_id FROM ${store.database}.predictions ORDER BY event_id`);
    assert.deepEqual(rows.map(({ event_id: id }) => id).sort(), ['a', 'b', 'c', HOSTILE].sort());
  });
});

describe('labels that wait', () => {
  const waiting = (eventId: string, offset: number, version: string | null = null): WaitingLabel => ({
    ...{ model: 'm', eventId, version, offset, waitsUntil: Math.ceil(EXPIRES / 1000) * 1000 },
    record: Buffer.from([0, 255, offset]),
  });
  const at = { source: 'ground-truth/0' };

  test('are looked at in their order, and found once their prediction is there', async () => {
    const store = await migratedStore();
    const labels = [waiting('a', 3), waiting('b', 5, '2'), waiting('c', 9)];
    await writeWaitingLabels(store, at, labels);
    assert.deepEqual(
      await revisitWaitingLabels(store, at, -1, 10),
      labels.map((each) => ({ ...each, found: false })),
    );
    await writePredictions(store, [logged(prediction('b'), 1), logged(prediction('c'), 2)]);
    const seen = await revisitWaitingLabels(store, at, 3, 10);
    assert.deepEqual(
      seen.map(({ offset, found }) => [offset, found]),
      [
        [5, false],
        [9, true],
      ],
    );
    assert.equal((await revisitWaitingLabels(store, at, -1, 2)).length, 2);
    await settleWaitingLabels(store, at, [labels[2]], 'joined');
    await settleWaitingLabels(store, at, [labels[0]], 'orphaned');
    // Read again after a crash, a settled label stays settled.
    await writeWaitingLabels(store, at, labels);
    assert.deepEqual(
      (await revisitWaitingLabels(store, at, -1, 10)).map(({ offset }) => offset),
      [5],
    );
    assert.deepEqual(await revisitWaitingLabels(store, { source: 'ground-truth/1' }, -1, 10), []);
    const fates = await store.query(`SELECT event_id, fate FROM ${store.database}.waiting_labels ORDER BY event_id`);
    assert.deepEqual(
      fates.map(({ fate }) => fate),
      ['orphaned', 'waiting', 'joined'],
    );
  });
});
