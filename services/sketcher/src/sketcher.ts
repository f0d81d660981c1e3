import {
  EventDecoder,
  monitorFor,
  RecordReader,
  RecordWriter,
  type SchemaRegistry,
  type Topics,
} from '@tidemark/contracts';
import { BaselineBook, type LabelingSnapshot, type Monitor } from '@tidemark/monitoring';
import type { Consumer, ConsumerHandler, Follower, Log } from '@tidemark/transport';
import { LabelingStates } from './labeling-state.js';
import { PartitionTask, type CommitReport, type TaskContext } from './partition-task.js';

export interface SketcherOptions {
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly monitors: readonly Monitor[];
  readonly topics: Topics;
  /** The consumer group that all sketchers of an installation share. */
  readonly group: string;
  /** Milliseconds. */
  readonly commitInterval: number;
  /** Milliseconds without records after which the other partitions do not wait for one. */
  readonly idleTimeout: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Hears of every commit. */
  readonly onCommit?: (partition: number, report: CommitReport) => void;
}

/** A running service. */
export interface Service {
  /** Settles when it has stopped; rejects with what stopped it. */
  readonly done: Promise<void>;
  /** Writes what was read, lets go of its partitions and stops. */
  stop(): Promise<void>;
}

/** Starts a sketcher: reads its share of the event topic, publishes partial sketches. Topics must exist. */
export async function startSketcher(options: SketcherOptions): Promise<Service> {
  const { log, registry, topics, now, group } = options;
  const book = new BaselineBook();
  const reader = new RecordReader(registry, { names: ['Baseline'] });
  const followers: Follower[] = [];
  const release = async () => {
    await Promise.all(followers.map((follower) => follower.stop()));
  };
  try {
    followers.push(
      await log.follow(topics.baselines, async ({ value }) => {
        const read = await reader.read(value, now());
        if (read.ok && read.name === 'Baseline') book.add(read.record);
      }),
    );
    const states = new LabelingStates();
    let spentIn: (partition: number) => Promise<LabelingSnapshot> = () => Promise.resolve([]);
    if (options.monitors.some(({ labeling }) => labeling !== null)) {
      const follower = await log.follow(topics.labelingState, (record) => states.take(record));
      followers.push(follower);
      spentIn = async (partition) => {
        await follower.catchUp();
        return states.of(partition);
      };
    }
    const context: TaskContext = {
      ...options,
      decoder: new EventDecoder(registry),
      writer: await RecordWriter.open(registry, ['SketchPartial', 'SourceWatermark', 'DeadLetter', 'LabelingRequest']),
      knowledge: {
        monitorOf: (stream) => monitorFor(options.monitors, stream),
        baselineOf: (stream) => book.of(stream, monitorFor(options.monitors, stream).baseline),
      },
      sourcePartitions: await log.partitionsOf(topics.events),
      partialsPartitions: await log.partitionsOf(topics.partials),
    };
    const consumer = await log.consume(
      { topic: topics.events, group, tickInterval: Math.max(10, options.commitInterval / 4) },
      new SketcherHandler(context, options, spentIn),
    );
    return serviceOf(consumer, followers, release);
  } catch (error) {
    await release();
    throw error;
  }
}

class SketcherHandler implements ConsumerHandler {
  readonly #tasks = new Map<number, PartitionTask>();

  constructor(
    private readonly context: TaskContext,
    private readonly options: SketcherOptions,
    private readonly spentIn: (partition: number) => Promise<LabelingSnapshot>,
  ) {}

  async assigned(partitions: readonly number[]): Promise<ReadonlyMap<number, number | null>> {
    for (const partition of partitions) {
      // Opening the producer fences the partition's former owner and ends its open transaction: only then is the committed offset final.
      const producer = await this.options.log.transactionalProducer(
        `tidemark-sketcher-${this.context.topics.events}-${partition}`,
      );
      this.#tasks.set(partition, new PartitionTask(partition, producer, this.context, await this.spentIn(partition)));
    }
    return new Map(partitions.map((partition) => [partition, null]));
  }

  async records(partition: number, records: Parameters<PartitionTask['take']>[0]): Promise<void> {
    const task = this.#tasks.get(partition);
    if (task === undefined) return;
    await task.take(records);
    if (task.due) await this.#commit(partition, task);
  }

  async tick(): Promise<void> {
    for (const [partition, task] of this.#tasks) if (task.due) await this.#commit(partition, task);
  }

  async revoked(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) {
      const task = this.#tasks.get(partition);
      if (task === undefined) continue;
      this.#tasks.delete(partition);
      try {
        // Drain first; should another owner have fenced us already, it reads the records again.
        await this.#commit(partition, task);
      } finally {
        await task.close();
      }
    }
  }

  async #commit(partition: number, task: PartitionTask): Promise<void> {
    const report = await task.commit();
    this.options.onCommit?.(partition, report);
  }
}

function serviceOf(consumer: Consumer, followers: readonly Follower[], release: () => Promise<void>): Service {
  // Without its followers the sketcher would count in old bins for ever: it stops, having written what it read.
  const followed = Promise.all(followers.map(({ done }) => done)).catch(async (error: unknown) => {
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
}
