import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultMonitor, LocalRegistry, RecordReader, RecordWriter, topicsOf } from '@tidemark/contracts';
import { EventBatch, PartitionSketcher, type DriftEvent, type Monitor } from '@tidemark/monitoring';
import { migrate, Store } from '@tidemark/store';
import {
  MemoryLog,
  type LogRecord,
  type OutRecord,
  type TransactionalProducer,
  type TransactionContent,
} from '@tidemark/transport';
import { aggregatesIn, startDetector, type DetectorOptions, type Service } from '../src/index.js';
import { progressIn } from '../src/detector-state.js';

export const MINUTE = 60_000;
export const START = Date.UTC(2026, 0, 1);
export const GROUP = 'detectors';
const EVENTS_A_MINUTE = 300;

/** Five-minute windows in two segments; the first two windows become the baseline. */
export const MONITOR: Monitor = {
  ...defaultMonitor(),
  model: 'm',
  windows: [{ size: 5 * MINUTE, slide: 5 * MINUTE, origin: 0 }],
  segments: [['country']],
  baseline: { from: 'first-windows', windows: 2, events: 1000 },
  quality: null,
  predictionLog: null,
};

/** Where the process dies: at a transaction, counted from 1, before it is committed or before its answer is heard. */
export interface Crash {
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** A log whose transactions can be broken off. */
export class CrashingLog extends MemoryLog {
  crash: Crash | null = null;
  commits = 0;

  override async transactionalProducer(transactionalId: string): Promise<TransactionalProducer> {
    const producer = await super.transactionalProducer(transactionalId);
    return {
      commit: async (content: TransactionContent) => {
        const hit = ++this.commits === this.crash?.at;
        if (hit && this.crash?.when === 'before') throw new Error('the power fails');
        await producer.commit(content);
        if (hit) throw new Error('the power fails');
      },
      close: () => producer.close(),
    };
  }
}

const folder = mkdtempSync(join(tmpdir(), 'tidemark-detector-'));
const stores: Store[] = [];

/** An empty, migrated database in the one folder that the engine has a process. */
export async function migratedStore(): Promise<Store> {
  const store = await Store.open({ kind: 'embedded', path: folder, database: `test_${stores.length + 1}` });
  stores.push(store);
  await migrate(store);
  return store;
}

export async function closeStores(): Promise<void> {
  for (const store of stores) await store.close();
  rmSync(folder, { recursive: true, force: true });
}

/** All that a detector needs around it: a log with its topics, a registry, and a store of its own. */
export class Installation {
  readonly log = new CrashingLog();
  readonly topics = topicsOf();
  readonly registry = new LocalRegistry();

  private constructor(readonly store: Store) {}

  static async open(): Promise<Installation> {
    const installation = new Installation(await migratedStore());
    const { log, topics } = installation;
    await log.ensureTopics([
      { topic: topics.partials, partitions: 1 },
      { topic: topics.driftEvents, partitions: 1 },
      { topic: topics.deadLetters, partitions: 1 },
      { topic: topics.baselines, partitions: 1, compacted: true },
      { topic: topics.monitors, partitions: 1, compacted: true },
      { topic: topics.detectorState, partitions: 1, compacted: true },
    ]);
    return installation;
  }

  start(options: Partial<DetectorOptions> = {}): Promise<Service> {
    return startDetector({
      log: this.log,
      registry: this.registry,
      store: aggregatesIn(this.store),
      monitors: [MONITOR],
      topics: this.topics,
      group: GROUP,
      // Every take is flushed, so that what a commit holds depends on no clock.
      flushInterval: 0,
      now: Date.now,
      ...options,
    });
  }

  /** What a sketcher writes of one source partition: a partial of each segment every half minute, each followed by its watermark; `x` moves at a minute. */
  async sketched(minutes: number, late = false, shiftFrom = 20, model = 'm'): Promise<OutRecord[]> {
    const writer = await RecordWriter.open(this.registry, ['SketchPartial', 'SourceWatermark']);
    const sketcher = new PartitionSketcher({ monitorOf: () => MONITOR, baselineOf: () => null });
    const records: OutRecord[] = [];
    const next = random(5);
    const topic = this.topics.partials;
    for (let half = 0; half < 2 * minutes; half++) {
      sketcher.fold(halfMinute(half, next, late, 2 * shiftFrom, model));
      for (const partial of sketcher.drain()) {
        for (const value of writer.encodePartial(partial, 900_000)) records.push({ topic, key: model, value });
      }
      const watermark = sketcher.watermark;
      const mark = { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 };
      records.push({ topic, partition: 0, key: null, value: writer.encode('SourceWatermark', mark) });
    }
    return records;
  }

  /** The offset up to which the detector has accounted for the partials. */
  async position(): Promise<number> {
    const states = await this.recordsOf(this.topics.detectorState);
    const newest = states.findLast(({ key }) => key !== null && !key.includes('/'));
    return newest === undefined ? 0 : (progressIn(newest)?.position ?? 0);
  }

  /** Sends records some at a time, each lot when the one before has been accounted for, until all are or the detector ends. */
  async send(records: readonly OutRecord[], detector: Service, each = 20): Promise<void> {
    const producer = await this.log.producer();
    let running = true;
    detector.done.finally(() => (running = false)).catch(() => undefined);
    const from = await this.end();
    for (let sent = 0; sent < records.length; sent += each) {
      await producer.send(records.slice(sent, sent + each));
      const end = from + Math.min(records.length, sent + each);
      while (running && (await this.position()) < end) await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async end(): Promise<number> {
    return ((await this.recordsOf(this.topics.partials)).at(-1)?.offset ?? -1) + 1;
  }

  /** Until the detector has accounted for everything. */
  async settled(): Promise<void> {
    const end = await this.end();
    const deadline = Date.now() + 20_000;
    while ((await this.position()) < end) {
      if (Date.now() > deadline) throw new Error(`The detector has not come to offset ${end} in twenty seconds`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async recordsOf(topic: string): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    await (await this.log.follow(topic, (record) => void records.push(record))).stop();
    return records;
  }

  /** What was published, with the test's database under the usual name: each installation has one of its own. */
  async driftEvents(): Promise<DriftEvent[]> {
    const reader = new RecordReader(this.registry);
    const events: DriftEvent[] = [];
    for (const { value } of await this.recordsOf(this.topics.driftEvents)) {
      const read = await reader.read(value, Date.now());
      if (!read.ok || read.name !== 'DriftEvent') throw new Error('not a drift event');
      const { query } = read.record;
      assert.match(query, new RegExp(` FROM ${this.store.database}\\.`));
      events.push({ ...read.record, query: query.replace(`FROM ${this.store.database}.`, 'FROM tidemark.') });
    }
    return events;
  }

  /** Every row of every table, as an analyst sees it. */
  async rows(): Promise<Record<string, unknown[]>> {
    const views = {
      panes: 'segment_value, pane_start, part',
      pane_columns: 'segment_value, column, pane_start, part',
      windows: 'segment_value, column, window_start',
      drift_events: 'window_end, id',
      baselines: 'baseline_id',
      baseline_columns: 'baseline_id, column',
    };
    const rows: Record<string, unknown[]> = {};
    for (const [view, order] of Object.entries(views)) {
      // Digests in their bytes would not be JSON.
      const columns = /columns$/.test(view)
        ? '* REPLACE (hex(digest) AS digest, hex(digest_exact) AS digest_exact)'
        : view === 'drift_events'
          ? `* REPLACE (replaceOne(query, 'FROM ${this.store.database}.', 'FROM tidemark.') AS query)`
          : '*';
      rows[view] = await this.store.query(`SELECT ${columns} FROM ${this.store.database}.${view} ORDER BY ${order}`);
    }
    return rows;
  }
}

/** Half a minute of events: `x` moves from one of them on; where asked, some events come a minute and a half late. */
function halfMinute(half: number, next: () => number, withLate: boolean, shiftFrom: number, model: string): EventBatch {
  const batch = new EventBatch({ model, version: '1', role: 'champion' });
  const from = START + half * 30_000;
  const shift = half >= shiftFrom ? 0.6 : 0;
  for (let n = 0; n < EVENTS_A_MINUTE / 2; n++) {
    const late = withLate && half > 4 && n % 50 === 49 ? 90_000 : 0;
    const row = batch.append(`${half}-${n}`, from + Math.floor((n * 30_000) / (EVENTS_A_MINUTE / 2)) - late);
    batch.column('x').setNumber(row, next() + shift);
    batch.column('plan').setString(row, next() < 0.7 ? 'basic' : 'pro');
    batch.segment('country').setString(row, n % 2 === 0 ? 'AT' : 'CH');
  }
  return batch;
}

/** Seeded numbers from [0, 1): Marsaglia's xorshift32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
