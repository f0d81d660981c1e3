import {
  LocalRegistry,
  parseMonitors,
  RecordReader,
  RecordWriter,
  topicsOf,
  type DeadLetter,
  type InferenceEvent,
  type RecordName,
} from '@tidemark/contracts';
import { BaselineBook, type Monitor, type SketchPartial, type SourceWatermark } from '@tidemark/monitoring';
import { MemoryLog, type LogRecord, type TransactionalProducer, type TransactionContent } from '@tidemark/transport';
import { startSketcher, type Service, type SketcherOptions } from '../src/index.js';

export const MINUTE = 60_000;
export const START = Date.UTC(2026, 0, 1);
export const GROUP = 'sketchers';
export const SOURCE_PARTITIONS = 4;
export const PARTIALS_PARTITIONS = 3;

/** A log whose transactions can be watched, and broken off before they are committed. */
export class WatchedLog extends MemoryLog {
  readonly committedContents: TransactionContent[] = [];
  beforeCommit: (content: TransactionContent) => void = () => undefined;

  override async transactionalProducer(transactionalId: string): Promise<TransactionalProducer> {
    const producer = await super.transactionalProducer(transactionalId);
    return {
      commit: async (content) => {
        this.beforeCommit(content);
        await producer.commit(content);
        this.committedContents.push(content);
      },
      close: () => producer.close(),
    };
  }
}

/** What the partials' topic holds, in the order of each partition. */
export type PartialsRecord =
  | { readonly partition: number; readonly offset: number; readonly partial: SketchPartial }
  | { readonly partition: number; readonly offset: number; readonly watermark: SourceWatermark };

/** All that a sketcher needs around it: a log with its topics, a registry, a monitor. */
export class Installation {
  readonly log = new WatchedLog();
  readonly registry = new LocalRegistry();
  readonly topics = topicsOf('test.');
  readonly book = new BaselineBook();
  readonly monitor: Monitor;
  #writer: RecordWriter | null = null;

  constructor() {
    const parsed = parseMonitors('model: m\npane: 1m\nsegments: [country]', 'the test');
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    this.monitor = parsed.monitors[0].monitor;
  }

  async open(): Promise<this> {
    await this.log.ensureTopics([
      { topic: this.topics.events, partitions: SOURCE_PARTITIONS },
      { topic: this.topics.partials, partitions: PARTIALS_PARTITIONS },
      { topic: this.topics.deadLetters, partitions: 1 },
      { topic: this.topics.baselines, partitions: 1, compacted: true },
      { topic: this.topics.monitors, partitions: 1, compacted: true },
      { topic: this.topics.labelingRequests, partitions: 1 },
      { topic: this.topics.labelingState, partitions: 1, compacted: true },
    ]);
    this.#writer = await RecordWriter.open(this.registry, ['InferenceEvent', 'Baseline']);
    return this;
  }

  start(options: Partial<SketcherOptions> = {}): Promise<Service> {
    return startSketcher({
      log: this.log,
      registry: this.registry,
      monitors: [this.monitor],
      topics: this.topics,
      group: GROUP,
      commitInterval: 20,
      idleTimeout: 60_000,
      now: Date.now,
      ...options,
    });
  }

  encode<N extends 'InferenceEvent' | 'Baseline'>(
    name: N,
    record: Parameters<typeof RecordWriter.prototype.encode<N>>[1],
  ): Buffer {
    if (this.#writer === null) throw new Error('Open the installation first.');
    return this.#writer.encode(name, record);
  }

  /** Publishes raw records to the event topic. */
  async publish(
    records: readonly { readonly value: Buffer | null; readonly key?: string; readonly partition?: number }[],
  ): Promise<void> {
    const producer = await this.log.producer();
    await producer.send(
      records.map(({ value, key, partition }) => ({
        topic: this.topics.events,
        key: key ?? null,
        value,
        ...(partition === undefined ? {} : { partition }),
      })),
    );
  }

  publishEvents(events: readonly InferenceEvent[], partition?: number): Promise<void> {
    return this.publish(
      events.map((event) => ({
        value: this.encode('InferenceEvent', event),
        key: event.eventId,
        ...(partition === undefined ? {} : { partition }),
      })),
    );
  }

  /** Until the sketchers have committed everything in the event topic. */
  drained(): Promise<void> {
    return until(() => this.log.lag(this.topics.events, GROUP) === 0);
  }

  async recordsOf(topic: string): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    const follower = await this.log.follow(topic, (record) => void records.push(record));
    await follower.stop();
    return records;
  }

  async partials(): Promise<PartialsRecord[]> {
    const reader = new RecordReader(this.registry, {
      layoutOf: (baselineId, column) => this.book.column(baselineId, column)?.layout ?? null,
    });
    const read: PartialsRecord[] = [];
    for (const { partition, offset, value } of await this.recordsOf(this.topics.partials)) {
      const record = await reader.read(value, Date.now());
      if (!record.ok) throw new Error(`${record.reason}: ${record.detail}`);
      if (record.name === 'SketchPartial') read.push({ partition, offset, partial: record.record });
      else if (record.name === 'SourceWatermark') read.push({ partition, offset, watermark: record.record });
      else throw new Error(`A ${record.name satisfies RecordName} among the partials`);
    }
    return read;
  }

  async deadLetters(): Promise<DeadLetter[]> {
    const reader = new RecordReader(this.registry);
    const letters: DeadLetter[] = [];
    for (const { value } of await this.recordsOf(this.topics.deadLetters)) {
      const record = await reader.read(value, Date.now());
      if (!record.ok || record.name !== 'DeadLetter') throw new Error('not a dead letter');
      letters.push(record.record);
    }
    return letters;
  }
}

/** The n-th of a row of events: ten a second of event time. */
export function eventOf(n: number): InferenceEvent {
  return {
    eventId: `e${n}`,
    model: 'm',
    version: '1',
    eventTime: START + n * 100,
    features: { n },
    segments: { country: n % 3 === 0 ? 'AT' : 'CH' },
  };
}

/** What partials add up to: events, and the sum of the feature `n`, by pane of all events. */
export function totalsOf(records: readonly PartialsRecord[]): Map<number, { events: number; sum: number }> {
  const totals = new Map<number, { events: number; sum: number }>();
  for (const record of records) {
    if (!('partial' in record)) continue;
    const { pane, events, columns } = record.partial;
    if (pane.segment.dimension !== '') continue;
    const total = totals.get(pane.start) ?? { events: 0, sum: 0 };
    const moments = columns.find(({ name }) => name === 'n')?.moments;
    total.events += events;
    total.sum += moments === undefined ? 0 : Math.round(moments.mean * moments.count);
    totals.set(pane.start, total);
  }
  return new Map([...totals].sort(([a], [b]) => a - b));
}

/** What the first `count` events add up to. */
export function expectedTotals(count: number): Map<number, { events: number; sum: number }> {
  const totals = new Map<number, { events: number; sum: number }>();
  for (let n = 0; n < count; n++) {
    const pane = START + Math.floor((n * 100) / MINUTE) * MINUTE;
    const total = totals.get(pane) ?? { events: 0, sum: 0 };
    totals.set(pane, { events: total.events + 1, sum: total.sum + n });
  }
  return totals;
}

export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Ten seconds have passed: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
