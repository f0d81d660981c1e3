import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ConfluentRegistry, defaultMonitor, RecordReader, RecordWriter, topicsOf } from '@tidemark/contracts';
import { aggregatesIn, startDetector, type Service } from '@tidemark/detector';
import type { DriftEvent, Monitor, StreamFailure } from '@tidemark/monitoring';
import { startSketcher } from '@tidemark/sketcher';
import { migrate, Store } from '@tidemark/store';
import { KafkaLog } from '@tidemark/transport';
import { command, eventually } from './command.js';
import { realParts, type RealParts } from './real-parts.js';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const PARTITIONS = 2;
const EACH = 60;
const MODELS = ['m', 'p', 'q'];
const MONITOR: Monitor = {
  ...defaultMonitor(),
  model: 'm',
  windows: [{ size: 5 * MINUTE, slide: 5 * MINUTE, origin: 0 }],
  quality: null,
  predictionLog: null,
};

describe('a stream that is set aside on a real Kafka', { timeout: 240_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-set-aside-'));
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

  for (const kind of ['resume', 'skip'] as const) {
    test(`is told, stays aside over a restart while others go on, and comes back by \`tidemark resume${kind === 'skip' ? ' --skip' : ''}\``, async () => {
      const prefix = `t${randomBytes(4).toString('hex')}-`;
      const topics = topicsOf(prefix);
      await store.command(`TRUNCATE TABLE ${store.database}.panes_raw`).catch(() => undefined);
      const registry = new ConfluentRegistry({ url: parts.registryUrl });
      const logs: KafkaLog[] = [];
      const another = async () => {
        const log = await KafkaLog.connect({ brokers: parts.brokers, clientId: 'test' });
        logs.push(log);
        return log;
      };
      const log = await another();
      await log.ensureTopics([
        { topic: topics.events, partitions: PARTITIONS },
        { topic: topics.partials, partitions: PARTITIONS },
        { topic: topics.driftEvents, partitions: 1 },
        { topic: topics.deadLetters, partitions: 1 },
        { topic: topics.labelingRequests, partitions: 1 },
        { topic: topics.detectorState, partitions: PARTITIONS, compacted: true },
        ...[topics.baselines, topics.monitors, topics.labelingState].map((topic) => ({
          ...{ topic, partitions: 1, compacted: true },
        })),
      ]);
      // Of the model `p` no window can be closed while this is so.
      let poisoned = false;
      const read = (): number => {
        if (poisoned) throw new RangeError('a part that no window takes');
        return MONITOR.decision.resolveAfter;
      };
      const decision = Object.defineProperty({ ...MONITOR.decision }, 'resolveAfter', { get: read, enumerable: false });
      const names = MODELS.map((model) => `${prefix}${model}`);
      const [sound, poison] = names;
      const monitors = names.map((model) => ({ ...MONITOR, model, ...(model === poison ? { decision } : {}) }));
      const failures: { partition: number; failure: StreamFailure }[] = [];
      const watermarks = new Map<number, number>();
      const aside = new Map<number, number>();
      const common = { registry, topics, now: Date.now };
      const detectorLog = async (): Promise<Service> =>
        startDetector({
          ...{ ...common, monitors, log: await another(), store: aggregatesIn(store), flushInterval: 200 },
          group: `${prefix}detector`,
          onSetAside: (partition, failure) => failures.push({ partition, failure }),
          onFlush: (partition, _, { watermark, setAside }) => {
            watermarks.set(partition, watermark);
            aside.set(partition, setAside);
          },
        });
      let detector = await detectorLog();
      const sketcher = await startSketcher({
        ...{ ...common, monitors, log: await another(), commitInterval: 200, idleTimeout: 60_000 },
        group: `${prefix}sketcher`,
      });
      const producer = await log.producer();
      const writer = await RecordWriter.open(registry, ['InferenceEvent']);
      const send = async (from: number, to: number): Promise<void> => {
        for (let minute = from; minute < to; minute++) {
          await producer.send(
            names.flatMap((model) =>
              Array.from({ length: EACH }, (_, n) => ({
                ...{ topic: topics.events, partition: n % PARTITIONS, key: null },
                value: writer.encode('InferenceEvent', {
                  ...{ eventId: `e${minute}-${n}`, model, version: '1' },
                  ...{ eventTime: START + minute * MINUTE + n * 1000, features: { x: n } },
                }),
              })),
            ),
          );
        }
      };
      const panes = async (model: string): Promise<Map<number, number>> => {
        const rows = await store.query<{ start: number | string; events: number | string }>(
          `SELECT toUnixTimestamp64Milli(pane_start) AS start, sum(events) AS events FROM ${store.database}.panes
           WHERE model = '${model}' AND segment_dimension = '' GROUP BY start ORDER BY start`,
        );
        return new Map(rows.map(({ start, events }) => [(Number(start) - START) / MINUTE, Number(events)]));
      };
      const closedTo = (model: string, minute: number) =>
        eventually(`${model} closed up to minute ${minute}`, async () =>
          (await panes(model)).has(minute) ? true : null,
        );
      const setAside = () => [...aside.values()].reduce((sum, count) => sum + count, 0);

      await send(0, 12);
      for (const model of names) await closedTo(model, 8);
      poisoned = true;
      await send(12, 24);
      await closedTo(sound, 20);
      await closedTo(names[2], 20);
      await eventually('told', () => (failures.length > 0 ? true : null));
      assert.equal(failures.length, 1);
      const [{ partition, failure }] = failures;
      assert.deepEqual([failure.stream.model, failure.stream.version], [poison, '1']);
      assert.match(failure.error.stack ?? '', /a part that no window takes[^]*at /);
      assert.ok(failure.offset > 0);
      assert.equal((await panes(poison)).has(20), false);

      await detector.stop();
      aside.clear();
      detector = await detectorLog();
      await send(24, 36);
      await closedTo(sound, 32);
      await eventually('still aside', () => (setAside() === 1 ? true : null));
      assert.equal((await panes(poison)).has(20), false, 'nor after a restart');
      assert.equal(failures.length, 1, 'told once');

      poisoned = false;
      const variables = {
        TIDEMARK_BROKERS: parts.brokers.join(),
        TIDEMARK_REGISTRY_URL: parts.registryUrl,
        TIDEMARK_TOPIC_PREFIX: prefix,
      };
      const done = await command(['resume', poison, '1', ...(kind === 'skip' ? ['--skip'] : [])], variables);
      assert.equal(done.code, 0, done.stderr);
      await eventually('brought back', () => (setAside() === 0 ? true : null));
      await send(36, 48);
      for (const model of names) await closedTo(model, 44);
      await sketcher.stop();
      await detector.stop();

      const whole = (of: Map<number, number>) => [...of].filter(([minute]) => minute < 45);
      const expected = Array.from({ length: 45 }, (_, minute) => [minute, EACH]);
      assert.deepEqual(whole(await panes(sound)), expected);
      assert.deepEqual(whole(await panes(names[2])), expected);
      const back = whole(await panes(poison));
      if (kind === 'resume') assert.deepEqual(back, expected, 'all that waited, and nothing twice');
      else {
        const left = new Set(back.map(([minute]) => minute));
        assert.ok(back.every(([, events]) => events <= EACH));
        assert.ok(left.has(8) && !left.has(20) && left.has(44), `without what waited: ${[...left].join()}`);
      }
      const events: DriftEvent[] = [];
      const reader = new RecordReader(registry);
      const follower = await log.follow(topics.driftEvents, async ({ value }) => {
        const record = await reader.read(value, Date.now());
        if (record.ok && record.name === 'DriftEvent') events.push(record.record);
      });
      await follower.stop();
      const told = events.filter(({ signal }) => signal === 'stream-set-aside');
      assert.deepEqual(
        told.map(({ status, stream, notify }) => [status, stream.model, notify]),
        [
          ['opened', poison, true],
          ['resolved', poison, true],
        ],
      );
      assert.match(told[0].summary, new RegExp(`set aside at offset ${failure.offset} of partition ${partition}`));
      for (const each of logs) await each.close();
    });
  }
});
