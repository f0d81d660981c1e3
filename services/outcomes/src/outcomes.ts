import {
  EventDecoder,
  GroundTruthDecoder,
  monitorFor,
  RecordReader,
  RecordWriter,
  type SchemaRegistry,
  type Topics,
} from '@tidemark/contracts';
import { BaselineBook, type Monitor, type StreamKnowledge } from '@tidemark/monitoring';
import type { Consumer, ConsumerHandler, Follower, Log, LogRecord } from '@tidemark/transport';
import { LabelTask, type LabelContext, type LabelReport, type RevisitReport } from './label-task.js';
import type { OutcomeStore } from './outcome-store.js';
import { PredictionTask, type PredictionContext, type PredictionReport } from './prediction-task.js';

export interface OutcomesOptions {
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly store: OutcomeStore;
  readonly monitors: readonly Monitor[];
  readonly topics: Topics;
  /** What the consumer groups that all instances of an installation share begin with: `-predictions` and `-labels` follow. */
  readonly group: string;
  /** Milliseconds. */
  readonly commitInterval: number;
  /** Milliseconds between two looks at labels that came before their prediction. */
  readonly revisitInterval: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Hear of every commit. */
  readonly onPredictions?: (partition: number, report: PredictionReport) => void;
  readonly onLabels?: (partition: number, report: LabelReport) => void;
  readonly onRevisit?: (partition: number, report: RevisitReport) => void;
}

/** A running service. */
export interface Service {
  /** Settles when it has stopped; rejects with what stopped it. */
  readonly done: Promise<void>;
  /** Writes what was read, lets go of its partitions and stops. */
  stop(): Promise<void>;
}

/**
 * Starts the service: reads its share of the event topic into the prediction log, and its share of the ground-truth topic into
 * outcomes. Topics and tables must exist.
 */
export async function startOutcomes(options: OutcomesOptions): Promise<Service> {
  const { log, registry, topics, now, group, commitInterval } = options;
  const book = new BaselineBook();
  const reader = new RecordReader(registry, { names: ['Baseline'] });
  const knowledge: StreamKnowledge = {
    monitorOf: (stream) => monitorFor(options.monitors, stream),
    baselineOf: (stream) => book.of(stream, monitorFor(options.monitors, stream).baseline),
  };
  const follower = await log.follow(topics.baselines, async ({ value }) => {
    const read = await reader.read(value, now());
    if (read.ok && read.name === 'Baseline') book.add(read.record);
  });
  const consumers: Consumer[] = [];
  try {
    const predictions: PredictionContext = {
      ...options,
      group: `${group}-predictions`,
      decoder: new EventDecoder(registry),
      knowledge,
    };
    const labels: LabelContext = {
      ...options,
      group: `${group}-labels`,
      decoder: new GroundTruthDecoder(registry),
      writer: await RecordWriter.open(registry, ['SketchPartial', 'DeadLetter', 'DriftEvent']),
      knowledge,
      partitions: await log.partitionsOf(topics.groundTruth),
    };
    const tickInterval = Math.max(10, commitInterval / 4);
    const read = (topic: string, of: string, handler: ConsumerHandler) =>
      log.consume({ topic, group: of, tickInterval }, handler);
    consumers.push(await read(topics.events, predictions.group, new PredictionHandler(predictions, options)));
    consumers.push(await read(topics.groundTruth, labels.group, new LabelHandler(labels, options)));
    return serviceOf(consumers, follower);
  } catch (error) {
    await Promise.all([follower.stop(), ...consumers.map((consumer) => consumer.stop())]);
    throw error;
  }
}

/** What the tasks of both topics have in common. */
interface Task {
  readonly due: boolean;
  close(): Promise<void>;
}

/** Gives each partition its task, and the task its turns. */
abstract class TaskHandler<T extends Task> implements ConsumerHandler {
  protected readonly tasks = new Map<number, T>();

  constructor(
    private readonly topic: string,
    protected readonly options: OutcomesOptions,
  ) {}

  async assigned(partitions: readonly number[]): Promise<ReadonlyMap<number, number | null>> {
    for (const partition of partitions) {
      // Opening the producer fences the partition's former owner and ends its open transaction: only then is the committed offset final.
      const id = `tidemark-outcomes-${this.topic}-${partition}`;
      this.tasks.set(partition, this.taskOf(partition, await this.options.log.transactionalProducer(id)));
    }
    return new Map(partitions.map((partition) => [partition, null]));
  }

  async records(partition: number, records: readonly LogRecord[]): Promise<void> {
    const task = this.tasks.get(partition);
    if (task !== undefined) await this.take(partition, task, records);
  }

  async tick(): Promise<void> {
    for (const [partition, task] of this.tasks) if (task.due) await this.commit(partition, task);
  }

  async revoked(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) {
      const task = this.tasks.get(partition);
      if (task === undefined) continue;
      this.tasks.delete(partition);
      try {
        // Drain first; should another owner have fenced us already, it reads the records again.
        await this.commit(partition, task);
      } finally {
        await task.close();
      }
    }
  }

  protected abstract taskOf(partition: number, producer: Awaited<ReturnType<Log['transactionalProducer']>>): T;
  protected abstract take(partition: number, task: T, records: readonly LogRecord[]): Promise<void>;
  protected abstract commit(partition: number, task: T): Promise<void>;
}

class PredictionHandler extends TaskHandler<PredictionTask> {
  constructor(
    private readonly context: PredictionContext,
    options: OutcomesOptions,
  ) {
    super(context.topics.events, options);
  }

  protected taskOf(...[partition, producer]: Parameters<TaskHandler<PredictionTask>['taskOf']>): PredictionTask {
    return new PredictionTask(partition, producer, this.context);
  }

  protected async take(partition: number, task: PredictionTask, records: readonly LogRecord[]): Promise<void> {
    await task.take(records);
    if (task.due) await this.commit(partition, task);
  }

  protected async commit(partition: number, task: PredictionTask): Promise<void> {
    const report = await task.commit();
    if (report.records > 0) this.options.onPredictions?.(partition, report);
  }
}

class LabelHandler extends TaskHandler<LabelTask> {
  constructor(
    private readonly context: LabelContext,
    options: OutcomesOptions,
  ) {
    super(context.topics.groundTruth, options);
  }

  override async tick(): Promise<void> {
    await super.tick();
    for (const [partition, task] of this.tasks) {
      if (!task.revisitDue) continue;
      const report = await task.revisit();
      this.options.onRevisit?.(partition, report);
    }
  }

  protected taskOf(...[partition, producer]: Parameters<TaskHandler<LabelTask>['taskOf']>): LabelTask {
    return new LabelTask(partition, producer, this.context);
  }

  protected async take(partition: number, task: LabelTask, records: readonly LogRecord[]): Promise<void> {
    for (let at = 0; at < records.length;) {
      at += await task.take(records.slice(at));
      if (task.due) await this.commit(partition, task);
    }
  }

  protected async commit(partition: number, task: LabelTask): Promise<void> {
    const report = await task.commit();
    if (report.records > 0) this.options.onLabels?.(partition, report);
  }
}

/** Where one reader ends, all end, having written what they read; only then is the service done. */
function serviceOf(consumers: readonly Consumer[], follower: Follower): Service {
  const readers = [...consumers, follower];
  const stopAll = async (): Promise<void> => {
    await Promise.all(readers.map((reader) => reader.stop()));
  };
  const done = (async () => {
    try {
      await Promise.race(readers.map((reader) => reader.done));
    } finally {
      await stopAll();
    }
    await Promise.all(readers.map((reader) => reader.done));
  })();
  done.catch(() => undefined);
  return {
    done,
    stop: async () => {
      await stopAll();
      await done.catch(() => undefined);
    },
  };
}
