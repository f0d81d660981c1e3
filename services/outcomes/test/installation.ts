import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  LocalRegistry,
  parseMonitors,
  RecordReader,
  RecordWriter,
  topicsOf,
  type DeadLetter,
  type GroundTruth,
  type InferenceEvent,
} from '@tidemark/contracts';
import type { DriftEvent, Monitor, SketchPartial } from '@tidemark/monitoring';
import { encodeQuality, QualitySketch } from '@tidemark/sketches';
import { migrate, Store } from '@tidemark/store';
import { MemoryLog, partitionOf, type TransactionalProducer } from '@tidemark/transport';
import { outcomesIn, startOutcomes, type OutcomesOptions, type OutcomeStore, type Service } from '../src/index.js';

export const MINUTE = 60_000;
export const START = Date.UTC(2026, 0, 1);
export const PARTITIONS = 3;

export const MONITOR = monitorOf('model: m\npane: 1m\nsegments: [country]');

export function monitorOf(text: string): Monitor {
  const parsed = parseMonitors(text, 'the test');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.monitors[0].monitor;
}

/** What fails once: a call of the store or a commit, before it does anything or after it has done it. */
export interface Failure {
  readonly call: keyof OutcomeStore | 'commit';
  readonly when: 'before' | 'after';
  /** How many calls go well first. */
  readonly skip?: number;
}

/** Fails at one moment as dependencies that are away for a moment do. */
export class Trap {
  #skip = 0;

  constructor(private failure: Failure | null) {
    this.#skip = failure?.skip ?? 0;
  }

  get sprung(): boolean {
    return this.failure === null;
  }

  async around<T>(call: Failure['call'], action: () => Promise<T>): Promise<T> {
    const due = this.failure?.call === call && this.#skip-- === 0;
    const when = this.failure?.when;
    if (due) this.failure = null;
    if (due && when === 'before') throw brokenOff(call);
    const result = await action();
    if (due) throw brokenOff(call);
    return result;
  }
}

function brokenOff(call: string): Error {
  return Object.assign(new Error(`broken off at ${call}`), { retriable: true });
}

export function trapped(store: OutcomeStore, trap: Trap): OutcomeStore {
  return new Proxy(store, {
    get: (target, name: keyof OutcomeStore) => {
      if (name === 'database') return target.database;
      return (...parameters: unknown[]) =>
        trap.around(name, () => (target[name] as (...all: unknown[]) => Promise<unknown>)(...parameters));
    },
  });
}

/** A log whose transactions may be broken off. */
export class TrappedLog extends MemoryLog {
  trap = new Trap(null);

  override async transactionalProducer(transactionalId: string): Promise<TransactionalProducer> {
    const producer = await super.transactionalProducer(transactionalId);
    return {
      commit: (content) => this.trap.around('commit', () => producer.commit(content)),
      close: () => producer.close(),
    };
  }
}

const folder = mkdtempSync(join(tmpdir(), 'tidemark-outcomes-'));
const TABLES = [
  'predictions_raw',
  'labels_raw',
  'label_arrivals',
  'label_joins',
  'waiting_labels_raw',
  'labeling_requests_raw',
  'topic_ids',
];

/** An empty store: the one of the file, as the engine has one folder a process, with whatever was in it gone. */
export async function newStore(): Promise<Store> {
  const store = await Store.open({ kind: 'embedded', path: folder, database: 'test' });
  await migrate(store);
  for (const table of TABLES) await store.command(`TRUNCATE TABLE test.${table}`);
  return store;
}

export function removeStores(): void {
  rmSync(folder, { recursive: true, force: true });
}

/** All that the service needs around it: a log with its topics, a registry, a store, a monitor. */
export class Installation {
  readonly log = new TrappedLog();
  readonly registry = new LocalRegistry();
  readonly topics = topicsOf('test.');
  readonly store: OutcomeStore;

  private constructor(
    readonly database: Store,
    readonly writer: RecordWriter,
  ) {
    this.store = outcomesIn(database);
  }

  static async open(): Promise<Installation> {
    const registry = new LocalRegistry();
    const writer = await RecordWriter.open(registry, ['InferenceEvent', 'GroundTruth', 'SketchPartial', 'DeadLetter']);
    const installation = new Installation(await newStore(), writer);
    Object.assign(installation, { registry });
    await installation.#ensureTopics();
    return installation;
  }

  /** The partition where the labels of an event are. */
  async homeOf(eventId: string): Promise<number> {
    return partitionOf(Buffer.from(eventId), await this.log.partitionsOf(this.topics.groundTruth));
  }

  async #ensureTopics(): Promise<void> {
    const { log, topics } = this;
    await log.ensureTopics([
      { topic: topics.events, partitions: PARTITIONS },
      { topic: topics.groundTruth, partitions: PARTITIONS },
      { topic: topics.partials, partitions: 2 },
      { topic: topics.deadLetters, partitions: 1 },
      { topic: topics.driftEvents, partitions: 1 },
      { topic: topics.baselines, partitions: 1, compacted: true },
      { topic: topics.monitors, partitions: 1, compacted: true },
    ]);
  }

  /** Another log in place of this one, as where all topics have been deleted and made anew: nothing is in it, nor committed. */
  async makeAnew(): Promise<void> {
    await this.log.close();
    Object.assign(this, { log: new TrappedLog() });
    await this.#ensureTopics();
  }

  start(options: Partial<OutcomesOptions> = {}): Promise<Service> {
    return startOutcomes({
      log: this.log,
      registry: this.registry,
      store: this.store,
      monitors: [MONITOR],
      topics: this.topics,
      group: 'outcomes',
      commitInterval: 10,
      revisitInterval: 30,
      now: Date.now,
      ...options,
    });
  }

  async close(): Promise<void> {
    await this.log.close();
    await this.database.close();
  }

  async publishEvents(events: readonly InferenceEvent[]): Promise<void> {
    const producer = await this.log.producer();
    const topic = this.topics.events;
    await producer.send(
      events.map((event) => ({ topic, key: event.eventId, value: this.writer.encode('InferenceEvent', event) })),
    );
  }

  async publishLabels(labels: readonly GroundTruth[], keyed = true): Promise<void> {
    const producer = await this.log.producer();
    const topic = this.topics.groundTruth;
    await producer.send(
      labels.map((label) => ({
        ...{ topic, key: keyed ? label.eventId : null },
        value: this.writer.encode('GroundTruth', label),
      })),
    );
  }

  /** Until everything that is on the topics has been read and committed, and stays so. */
  async drained(): Promise<void> {
    const { log, topics } = this;
    let quiet = 0;
    await until(() => {
      const behind = log.lag(topics.events, 'outcomes-predictions') + log.lag(topics.groundTruth, 'outcomes-labels');
      quiet = behind === 0 ? quiet + 1 : 0;
      return quiet > 5;
    });
  }

  /** Until no label waits for its prediction, and what was sent again has been read. */
  async settled(): Promise<void> {
    await until(async () => (await this.waiting()) === 0);
    await this.drained();
  }

  /** How many labels wait for their prediction. */
  async waiting(): Promise<number> {
    const sql = "SELECT count() AS waiting FROM test.waiting_labels WHERE fate = 'waiting'";
    return (await this.database.query<{ waiting: number }>(sql))[0].waiting;
  }

  async partials(): Promise<SketchPartial[]> {
    return (await this.#read(this.topics.partials)).map((record) => record as SketchPartial);
  }

  async deadLetters(): Promise<DeadLetter[]> {
    return (await this.#read(this.topics.deadLetters)).map((record) => record as DeadLetter);
  }

  async driftEvents(): Promise<DriftEvent[]> {
    return (await this.#read(this.topics.driftEvents)).map((record) => record as DriftEvent);
  }

  async #read(topic: string): Promise<unknown[]> {
    const reader = new RecordReader(this.registry);
    const read: unknown[] = [];
    const follower = await this.log.follow(topic, async ({ value }) => {
      const record = await reader.read(value, Date.now());
      if (!record.ok) throw new Error(`${record.reason}: ${record.detail}`);
      read.push(record.record);
    });
    await follower.stop();
    await follower.done;
    return read;
  }
}

/** The n-th of a row of events: ten a minute of event time. */
export function eventOf(n: number, more: Partial<InferenceEvent> = {}): InferenceEvent {
  return {
    ...{ eventId: `e${n}`, model: 'm', version: '1', eventTime: START + n * 6000 },
    prediction: { score: (n % 10) / 10, class: n % 10 < 5 ? 'no' : 'yes' },
    segments: { country: n % 3 === 0 ? 'AT' : 'CH' },
    ...more,
  };
}

export function labelOf(n: number, truth: string, more: Partial<GroundTruth> = {}): GroundTruth {
  return {
    ...{ eventId: `e${n}`, model: 'm', version: null, class: truth, value: null },
    ...{ observedAt: START + 86_400_000, source: null, inclusionProbability: null },
    ...more,
  };
}

/** What partials say, summed over panes: quality by version and segment, as digests that are equal where the sums are. */
export function qualityOf(partials: readonly SketchPartial[]): Map<string, string> {
  const sums = new Map<string, QualitySketch>();
  for (const { pane, quality } of partials) {
    const key = `${pane.stream.version} ${pane.stream.role} ${pane.segment.value} ${pane.start}`;
    const sum = sums.get(key) ?? QualitySketch.empty();
    if (quality !== null) sum.merge(quality);
    sums.set(key, sum);
  }
  const shown = [...sums].filter(([, sum]) => !sum.isEmpty && sum.labels > 0);
  return new Map(shown.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, sum]) => [key, digestOf(sum)]));
}

function digestOf(sketch: QualitySketch): string {
  return createHash('sha256').update(encodeQuality(sketch)).digest('hex').slice(0, 12);
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Thirty seconds have passed: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
