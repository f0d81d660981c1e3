import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { EventDecoder, GroundTruthDecoder } from '@tidemark/contracts';
import type { LabelRow, PredictionRow, WaitingLabel } from '@tidemark/store';
import type { LogRecord } from '@tidemark/transport';
import type { OutcomeStore } from '../src/index.js';
import { LabelTask } from '../src/label-task.js';
import { PredictionTask } from '../src/prediction-task.js';
import { eventOf, Installation, labelOf, MONITOR, PARTITIONS, removeStores } from './installation.js';

after(removeStores);

const DAY = 86_400_000;
const KNOWLEDGE = { monitorOf: () => MONITOR, baselineOf: () => null };
/** What a producer may say about when it sent a record: long ago, now, and in the last year that ClickHouse holds. */
const CLOCKS = [0, Date.now(), Date.UTC(2106, 0, 1), Date.UTC(2500, 0, 1)];

function recordsOf(topic: string, values: readonly Buffer[]): LogRecord[] {
  return values.map((value, offset) => {
    return { topic, partition: 0, offset, key: null, value, timestamp: CLOCKS[offset], headers: {} };
  });
}

/** A store that keeps what it is given to write, beside what it writes. */
function noting(store: OutcomeStore) {
  const predictions: PredictionRow[] = [];
  const labels: LabelRow[] = [];
  const waiting: WaitingLabel[] = [];
  const noted: OutcomeStore = {
    ...store,
    writePredictions: (rows) => store.writePredictions(rows).then(() => void predictions.push(...rows)),
    writeLabels: (batch, rows) => store.writeLabels(batch, rows).then(() => void labels.push(...rows)),
    writeWaitingLabels: (batch, rows) => store.writeWaitingLabels(batch, rows).then(() => void waiting.push(...rows)),
  };
  return { store: noted, predictions, labels, waiting };
}

describe('clocks of producers that are wrong', () => {
  test('keep no prediction longer than the monitor says', async () => {
    const installation = await Installation.open();
    const { topics, registry, writer, log } = installation;
    const { store, predictions } = noting(installation.store);
    const now = Date.now();
    const values = CLOCKS.map((_, n) => writer.encode('InferenceEvent', eventOf(n)));
    const producer = await log.transactionalProducer('t');
    const context = {
      ...{ topics, group: 'g', decoder: new EventDecoder(registry), store, knowledge: KNOWLEDGE },
      ...{ partitions: 1, commitInterval: 0, now: () => now },
    };
    const task = new PredictionTask(0, producer, context);
    await task.take(recordsOf(topics.events, values));
    await task.commit();
    const { ttl } = MONITOR.predictionLog!;
    assert.equal(predictions.length, CLOCKS.length);
    assert.ok(Math.max(...predictions.map(({ expiresAt }) => expiresAt)) <= now + ttl + DAY);
    await installation.close();
  });

  test('keep no label longer, and let none wait longer', async () => {
    const installation = await Installation.open();
    const { topics, registry, writer, log } = installation;
    const { store, labels, waiting } = noting(installation.store);
    const now = Date.now();
    const values = CLOCKS.map((_, n) => writer.encode('GroundTruth', labelOf(n, 'yes', { observedAt: now - DAY })));
    const context = {
      ...{ topics, group: 'g', decoder: new GroundTruthDecoder(registry), writer, store, knowledge: KNOWLEDGE },
      ...{
        partitions: 1,
        committed: () => Promise.resolve(new Map<number, number>()),
        commitInterval: 0,
        revisitInterval: 0,
        now: () => now,
      },
    };
    const task = new LabelTask(0, await log.transactionalProducer('t'), context);
    await task.take(recordsOf(topics.groundTruth, values));
    await task.commit();
    const { ttl, orphanAfter } = MONITOR.predictionLog!;
    assert.equal(labels.length, CLOCKS.length);
    assert.equal(waiting.length, CLOCKS.length);
    assert.ok(Math.max(...labels.map(({ expiresAt }) => expiresAt)) <= now + ttl);
    assert.ok(Math.max(...waiting.map(({ waitsUntil }) => waitsUntil)) <= now + orphanAfter);
    await installation.close();
  });
});

describe('labels that wait', () => {
  test('are counted as they are looked at, and no table is read for it', async () => {
    const installation = await Installation.open();
    const { topics, registry, writer, log, store, database } = installation;
    const asked: string[] = [];
    const query = database.query.bind(database);
    Object.assign(database, {
      query: (sql: string, parameters?: Record<string, unknown>) => {
        asked.push(sql);
        return query(sql, parameters);
      },
    });
    const counts: number[] = [];
    const context = {
      ...{ topics, group: 'g', decoder: new GroundTruthDecoder(registry), writer, store, knowledge: KNOWLEDGE },
      ...{
        partitions: PARTITIONS,
        committed: () => Promise.resolve(new Map<number, number>()),
        commitInterval: 0,
        revisitInterval: 0,
        now: Date.now,
      },
      onRevisit: (_: number, { waiting }: { readonly waiting: number }) => void counts.push(waiting),
    };
    const source = `${topics.groundTruth}/0`;
    const task = new LabelTask(0, await log.transactionalProducer('t'), context);
    const waits = Array.from({ length: 10_007 }, (_, offset): WaitingLabel => {
      const record = writer.encode('GroundTruth', labelOf(offset, 'yes'));
      return { model: 'm', eventId: `e${offset}`, version: null, offset, record, waitsUntil: Date.now() + DAY };
    });
    await store.writeWaitingLabels({ source }, waits);
    // Ten thousand at a time: the end is reached by the second look.
    await task.tick();
    await task.tick();
    await store.settleWaitingLabels({ source }, waits.slice(0, 10), 'joined');
    await task.tick();
    assert.deepEqual(counts, [10_000, 10_007, 9_997]);
    assert.ok(asked.length >= 3);
    for (const sql of asked) assert.doesNotMatch(sql, /\bFINAL\b/);
    await installation.close();
  });
});
