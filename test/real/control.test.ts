import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ConfluentRegistry, RecordWriter, topicsOf } from '@tidemark/contracts';
import { ControlPublisher, monitorChanges } from '@tidemark/control';
import { aggregatesIn, startDetector } from '@tidemark/detector';
import { startSketcher } from '@tidemark/sketcher';
import { migrate, Store } from '@tidemark/store';
import { KafkaLog } from '@tidemark/transport';
import { realParts, type RealParts } from './real-parts.js';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const PARTITIONS = 2;
const EACH = 60;

describe('monitors that are applied on a real Kafka', { timeout: 180_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-control-'));
  let parts: RealParts;
  let store: Store;
  before(async () => {
    parts = await realParts();
    store = await Store.open({ kind: 'embedded', path: folder, database: 'tidemark' });
    await migrate(store);
  });
  after(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
    await parts.release();
  });

  test('take hold in running services: a new pane size, no restart, and no event lost or doubled', async () => {
    const topics = topicsOf(`t${randomBytes(4).toString('hex')}-`);
    const registry = new ConfluentRegistry({ url: parts.registryUrl });
    const logs: KafkaLog[] = [];
    const another = async () => {
      const log = await KafkaLog.connect({ brokers: parts.brokers, clientId: 'test' });
      logs.push(log);
      return log;
    };
    const log = await another();
    const compacted = [topics.baselines, topics.monitors, topics.labelingState].map((topic) => ({
      ...{ topic, partitions: 1, compacted: true },
    }));
    await log.ensureTopics([
      { topic: topics.events, partitions: PARTITIONS },
      { topic: topics.partials, partitions: PARTITIONS },
      { topic: topics.driftEvents, partitions: 1 },
      { topic: topics.deadLetters, partitions: 1 },
      { topic: topics.detectorState, partitions: PARTITIONS, compacted: true },
      ...compacted,
    ]);
    const common = { registry, topics, monitors: [], now: Date.now };
    const watermarks = new Map<number, number>();
    const held: number[] = [];
    const detector = await startDetector({
      ...{ ...common, log: await another(), store: aggregatesIn(store), flushInterval: 200 },
      group: `${topics.events}-detector`,
      onFlush: (partition, _, { watermark }) => watermarks.set(partition, watermark),
    });
    const sketcher = await startSketcher({
      ...{ ...common, log: await another(), commitInterval: 200, idleTimeout: 60_000 },
      group: `${topics.events}-sketcher`,
      onMonitors: (book) => held.push(...book.inForce.map(({ revision }) => revision)),
    });
    const failed = Promise.race([detector.done, sketcher.done]).then(() => Promise.reject(new Error('it stopped')));
    failed.catch(() => undefined);
    const until = async (met: () => boolean): Promise<void> => {
      const deadline = Date.now() + 60_000;
      while (!met()) {
        assert.ok(Date.now() < deadline, 'a minute has passed');
        await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, 50))]);
      }
    };
    const producer = await log.producer();
    const writer = await RecordWriter.open(registry, ['InferenceEvent']);
    const send = async (from: number, to: number): Promise<void> => {
      for (let minute = from; minute < to; minute++) {
        await producer.send(
          Array.from({ length: EACH }, (_, n) => ({
            ...{ topic: topics.events, partition: n % PARTITIONS, key: null },
            value: writer.encode('InferenceEvent', {
              ...{ eventId: `e${minute}-${n}`, model: 'm', version: '1' },
              ...{ eventTime: START + minute * MINUTE + n * 1000, features: { x: n } },
            }),
          })),
        );
      }
    };
    const reached = (minute: number) => Math.max(...watermarks.values()) >= START + minute * MINUTE;

    await send(0, 10);
    await until(() => reached(9));
    const publisher = await ControlPublisher.open({ log, registry, topics, now: Date.now });
    const document = 'model: m\npane: 30s\nwindows: [5m]\n';
    const origin = { by: 'ann', at: Date.now(), comment: '' };
    const wanted = [{ model: 'm', version: '*', document }];
    await publisher.applyMonitors(monitorChanges(publisher.state, wanted, false, origin));
    await publisher.close();
    await until(() => held.includes(1));
    await send(10, 20);
    // An event long after closes all panes before it.
    await send(60, 61);
    await until(() => reached(60));
    await sketcher.stop();
    await detector.stop();
    for (const each of logs) await each.close();

    const rows = await store.query<{ size: number; events: number | string }>(
      `SELECT pane_size_ms AS size, sum(events) AS events FROM ${store.database}.panes
       WHERE model = 'm' AND segment_dimension = '' AND pane_start < fromUnixTimestamp64Milli(${START + 60 * MINUTE}) GROUP BY size ORDER BY size`,
    );
    assert.equal(
      rows.reduce((sum, { events }) => sum + Number(events), 0),
      20 * EACH,
    );
    assert.deepEqual(
      rows.map(({ size }) => Number(size)),
      [30_000, 60_000],
    );
  });
});
