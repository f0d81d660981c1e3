import { MemoryLog, type LogRecord, type TransactionalProducer } from '@tidemark/transport';
import type { ConsumedTopic, PartitionTask, SavedPosition } from '../src/index.js';

export const TOPIC = 'input';
export const GROUP = 'g';

/** Copies records, a batch a commit, and notes what it is asked. */
export class CountingTask implements PartitionTask {
  readonly calls: string[] = [];
  readonly offsets: number[] = [];
  /** What `commit` and `take` do besides. */
  onCommit: () => Promise<void> = () => Promise.resolve();
  onTake: (records: readonly LogRecord[]) => Promise<void> = () => Promise.resolve();
  /** Records after which a commit must come; due only when it is let go where false. */
  mostRecords = Infinity;
  commitsEagerly = true;
  saved: SavedPosition | null = null;
  #open: LogRecord[] = [];

  constructor(
    readonly partition: number,
    private readonly producer: TransactionalProducer,
  ) {}

  restore(): Promise<SavedPosition | null> {
    return Promise.resolve(this.saved);
  }

  continueFrom(offset: number): void {
    this.calls.push(`continue ${offset}`);
  }

  async take(records: readonly LogRecord[]): Promise<number> {
    await this.onTake(records);
    const taken = records.slice(0, this.mostRecords - this.#open.length);
    this.#open.push(...taken);
    this.offsets.push(...taken.map(({ offset }) => offset));
    return taken.length;
  }

  get due(): boolean {
    return this.commitsEagerly && this.#open.length > 0;
  }

  async commit(): Promise<void> {
    this.calls.push(`commit ${this.#open.length}`);
    await this.onCommit();
    if (this.#open.length === 0) return;
    await this.producer.commit({
      records: this.#open.map(({ key, value }) => ({ topic: 'output', key, value })),
      consumed: { group: GROUP, topic: TOPIC, offsets: new Map([[this.partition, this.#open.at(-1)!.offset + 1]]) },
    });
    this.#open = [];
  }

  async close(): Promise<void> {
    this.calls.push('close');
    await this.commit();
  }
}

/** A log that notes which producers are closed. */
export class ClosingLog extends MemoryLog {
  readonly closed: string[] = [];

  override async transactionalProducer(id: string): Promise<TransactionalProducer> {
    const producer = await super.transactionalProducer(id);
    return {
      commit: (content) => producer.commit(content),
      close: () => {
        this.closed.push(id);
        return producer.close();
      },
    };
  }
}

export async function openLog(partitions = 3): Promise<ClosingLog> {
  const log = new ClosingLog();
  await log.ensureTopics([
    { topic: TOPIC, partitions },
    { topic: 'output', partitions: 1 },
    { topic: 'known', partitions: 1, compacted: true },
  ]);
  return log;
}

/** @param prepare what a task is made to do. */
export function counting(
  tasks: Map<number, CountingTask>,
  prepare: (task: CountingTask) => void = () => undefined,
): ConsumedTopic {
  return {
    ...{ topic: TOPIC, group: GROUP, tickInterval: 5 },
    open: (partition, producer) => {
      const task = new CountingTask(partition, producer);
      prepare(task);
      tasks.set(partition, task);
      return task;
    },
  };
}

export async function send(log: MemoryLog, partition: number, count: number): Promise<void> {
  const producer = await log.producer();
  await producer.send(
    Array.from({ length: count }, (_, n) => ({ topic: TOPIC, partition, key: null, value: Buffer.from(String(n)) })),
  );
}

export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Not so within ten seconds: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
