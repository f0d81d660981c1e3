import { monitorFor, RecordReader, RecordWriter, type SchemaRegistry, type Topics } from '@tidemark/contracts';
import { BaselineBook, type Monitor } from '@tidemark/monitoring';
import { TransportError, type ConsumerHandler, type Follower, type Log, type LogRecord } from '@tidemark/transport';
import type { AggregateStore } from './aggregate-store.js';
import { decodeState, type DetectorState } from './detector-state.js';
import { PartitionTask, type TaskContext } from './partition-task.js';

export interface DetectorOptions extends Pick<TaskContext, 'onFlush' | 'onUnreadable'> {
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly store: AggregateStore;
  readonly monitors: readonly Monitor[];
  readonly topics: Topics;
  /** The consumer group that all detectors of an installation share. */
  readonly group: string;
  /** Milliseconds between commits of the offset when nothing closes. */
  readonly flushInterval: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A running service. */
export interface Service {
  /** Settles when it has stopped; rejects with what stopped it. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

/** Starts a detector: reads its share of the partials, writes to the store, alerts. Topics and tables must exist. */
export async function startDetector(options: DetectorOptions): Promise<Service> {
  const { log, registry, topics, now, group } = options;
  const book = new BaselineBook();
  const baselines = new RecordReader(registry, { names: ['Baseline'] });
  const followers: Follower[] = [];
  const release = async () => {
    await Promise.all(followers.map((follower) => follower.stop()));
  };
  try {
    const states = new StateTopic();
    // Side by side, here and when partitions are taken over: until then nobody tells of a drift.
    const following = await Promise.allSettled([
      log.follow(topics.baselines, async ({ value }) => {
        const read = await baselines.read(value, now());
        if (read.ok && read.name === 'Baseline') book.add(read.record);
      }),
      log.follow(topics.detectorState, (record) => states.take(record)),
    ]);
    for (const each of following) if (each.status === 'fulfilled') followers.push(each.value);
    for (const each of following) if (each.status === 'rejected') throw each.reason;

    const context: TaskContext = {
      ...options,
      book,
      reader: new RecordReader(registry, {
        names: ['SketchPartial', 'SourceWatermark'],
        layoutOf: (baselineId, column) => book.column(baselineId, column)?.layout ?? null,
      }),
      writer: await RecordWriter.open(registry, ['Baseline', 'DriftEvent']),
      knowledge: {
        monitorOf: (stream) => monitorFor(options.monitors, stream),
        baselineOf: (stream) => book.of(stream, monitorFor(options.monitors, stream).baseline),
      },
    };
    const handler = new DetectorHandler(context, log, async () => {
      // A predecessor may have made a baseline with its last state.
      await Promise.all(followers.map((follower) => follower.catchUp()));
      return states;
    });
    const tickInterval = Math.max(10, options.flushInterval / 4);
    await checkStates(log, topics);
    const consumer = await log.consume({ topic: topics.partials, group, tickInterval }, handler);
    // Without its followers the detector would go by old baselines for ever: it stops, and begins anew from its state.
    const followed = Promise.all(followers.map((follower) => follower.done)).catch(async (error: unknown) => {
      await consumer.stop();
      throw error;
    });
    const done = Promise.all([consumer.done.finally(release), followed]).then(() => undefined);
    done.catch(() => undefined);
    return {
      done,
      stop: async () => {
        await consumer.stop();
        await done.catch(() => undefined);
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** @throws TransportError where a partition of the partials has none for its state: it would be lost without a word. */
async function checkStates(log: Log, { partials, detectorState }: Topics): Promise<void> {
  const [needed, there] = await Promise.all([log.partitionsOf(partials), log.partitionsOf(detectorState)]);
  if (there >= needed) return;
  throw new TransportError(
    'unknown-topic',
    `${detectorState} has ${there} partitions, and ${partials} has ${needed}: every one needs one for its state. Add them: ` +
      `kafka-topics.sh --alter --topic ${detectorState} --partitions ${needed}`,
  );
}

/** The newest state of each partition, as bytes: of all that pass by, few are ever needed. */
class StateTopic {
  readonly #states = new Map<number, Buffer>();

  take({ key, value }: LogRecord): void {
    // A copy: the record is a part of a whole batch.
    if (key !== null && value !== null) this.#states.set(Number(key.toString()), Buffer.from(value));
  }

  of(partition: number): DetectorState | null {
    const state = this.#states.get(partition);
    return state === undefined ? null : decodeState(state);
  }
}

class DetectorHandler implements ConsumerHandler {
  readonly #tasks = new Map<number, PartitionTask>();

  constructor(
    private readonly context: TaskContext,
    private readonly log: Log,
    private readonly newestStates: () => Promise<StateTopic>,
  ) {}

  async assigned(partitions: readonly number[]): Promise<ReadonlyMap<number, number | null>> {
    // Fence the former owners first: after that neither their states nor their offsets can change any more.
    await Promise.all(
      partitions.map(async (partition) => {
        const id = `tidemark-detector-${this.context.topics.partials}-${partition}`;
        const producer = await this.log.transactionalProducer(id);
        this.#tasks.set(partition, new PartitionTask(partition, producer, this.context));
      }),
    );
    const states = await this.newestStates();
    const starts = partitions.map(async (partition): Promise<[number, number | null]> => {
      const state = states.of(partition);
      return [partition, state === null ? null : await this.#tasks.get(partition)!.restore(state)];
    });
    return new Map(await Promise.all(starts));
  }

  async records(partition: number, records: readonly LogRecord[]): Promise<void> {
    await this.#tasks.get(partition)?.take(records);
  }

  async tick(): Promise<void> {
    for (const task of this.#tasks.values()) await task.tick();
  }

  /** Nothing to drain: whatever closed has been written, and what is open the next owner reads again. */
  async revoked(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) {
      await this.#tasks.get(partition)?.close();
      this.#tasks.delete(partition);
    }
  }
}
