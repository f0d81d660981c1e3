import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  TransportError,
  type ConsumerHandler,
  type Displacement,
  type Log,
  type LogRecord,
  type OutRecord,
  type TransactionalProducer,
} from '@tidemark/transport';

interface ReaderOptions {
  readonly start?: (partition: number) => number | null;
  readonly onRecords?: () => Promise<void>;
  readonly onRevoked?: () => Promise<void>;
}

/** A consumer that keeps all it sees and checks that its handler's calls stand in one queue. */
class Reader implements ConsumerHandler {
  readonly records_: LogRecord[] = [];
  readonly held = new Set<number>();
  readonly displacements: Displacement[] = [];
  ticks = 0;
  calls = 0;
  overlaps = 0;
  revocations = 0;
  #inside = false;

  constructor(private readonly options: ReaderOptions) {}

  assigned(partitions: readonly number[]): Promise<ReadonlyMap<number, number | null>> {
    return this.#alone(() => {
      partitions.forEach((partition) => this.held.add(partition));
      return Promise.resolve(new Map(partitions.map((each) => [each, this.options.start?.(each) ?? null])));
    });
  }

  displaced(displacement: Displacement): Promise<void> {
    return this.#alone(() => {
      this.displacements.push(displacement);
      return Promise.resolve();
    });
  }

  records(partition: number, records: readonly LogRecord[]): Promise<void> {
    return this.#alone(async () => {
      this.calls++;
      assert.ok(this.held.has(partition), 'records of a partition that was let go');
      await this.options.onRecords?.();
      this.records_.push(...records);
    });
  }

  revoked(partitions: readonly number[]): Promise<void> {
    return this.#alone(async () => {
      this.revocations++;
      partitions.forEach((partition) => this.held.delete(partition));
      await this.options.onRevoked?.();
    });
  }

  tick(): Promise<void> {
    return this.#alone(() => {
      this.ticks++;
      return delay(1);
    });
  }

  async #alone<T>(action: () => Promise<T>): Promise<T> {
    if (this.#inside) this.overlaps++;
    this.#inside = true;
    try {
      return await action();
    } finally {
      this.#inside = false;
    }
  }
}

export async function read(log: Log, topic: string, group: string, options: ReaderOptions = {}) {
  const reader = new Reader(options);
  const consumer = await log.consume({ topic, group, tickInterval: 30 }, reader);
  return {
    get records() {
      return reader.records_;
    },
    of: (partition: number) => reader.records_.filter((each) => each.partition === partition),
    get ticks() {
      return reader.ticks;
    },
    get calls() {
      return reader.calls;
    },
    get overlaps() {
      return reader.overlaps;
    },
    get revocations() {
      return reader.revocations;
    },
    held: reader.held,
    displacements: reader.displacements,
    position: (partition: number) => consumer.position(partition),
    done: consumer.done,
    stop: () => consumer.stop(),
  };
}

/** Copies a topic exactly once, as a service does: a transaction now and then, the rest when it lets go. */
export async function copy(
  log: Log,
  input: string,
  output: string,
  group: string,
  member: string,
  holders: Map<number, string>,
  conflicts: string[],
) {
  const tasks = new Map<number, { producer: TransactionalProducer; pending: OutRecord[]; next: number | null }>();
  const counts = { copied: 0 };
  const commit = async (partition: number) => {
    const task = tasks.get(partition);
    if (task === undefined || task.next === null) return;
    const { producer, pending, next } = task;
    await producer.commit({
      records: pending,
      consumed: { group, topic: input, offsets: new Map([[partition, next]]) },
    });
    counts.copied += pending.length;
    tasks.set(partition, { producer, pending: [], next: null });
  };
  const consumer = await log.consume(
    { topic: input, group, tickInterval: 50 },
    {
      assigned: async (partitions) => {
        for (const partition of partitions) {
          const holder = holders.get(partition);
          if (holder !== undefined) conflicts.push(`${member} got ${partition}, which ${holder} holds`);
          holders.set(partition, member);
          tasks.set(partition, {
            producer: await log.transactionalProducer(`${group}-${partition}`),
            pending: [],
            next: null,
          });
        }
        return new Map(partitions.map((partition) => [partition, null]));
      },
      records: (partition, records) => {
        const task = tasks.get(partition);
        if (task === undefined) conflicts.push(`${member} got records of ${partition}, which it does not hold`);
        task?.pending.push(...records.map(({ value }) => ({ topic: output, key: null, value })));
        if (task) task.next = records[records.length - 1].offset + 1;
        return Promise.resolve();
      },
      revoked: async (partitions) => {
        for (const partition of partitions) {
          await commit(partition);
          await tasks.get(partition)?.producer.close();
          tasks.delete(partition);
          holders.delete(partition);
        }
      },
      tick: async () => {
        for (const partition of tasks.keys()) await commit(partition);
      },
    },
  );
  return {
    get copied() {
      return counts.copied;
    },
    get held() {
      return tasks;
    },
    stop: () => consumer.stop(),
  };
}

export async function newTopic(log: Log, partitions: number): Promise<string> {
  const topic = `topic-${randomUUID()}`;
  await log.ensureTopics([{ topic, partitions }]);
  return topic;
}

export const newGroup = () => `group-${randomUUID()}`;
export const bytes = (text: string) => Buffer.from(text);
export const record = (topic: string, key: string, value: string): OutRecord => ({ topic, key, value: bytes(value) });
export const values = (records: readonly LogRecord[]) => records.map(({ value }) => String(value));
export const delay = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
export const isFenced = (error: unknown) =>
  error instanceof TransportError && error.code === 'fenced' && !error.retriable;

export async function send(log: Log, records: readonly OutRecord[]): Promise<void> {
  const producer = await log.producer();
  await producer.send(records);
  await producer.close();
}

export async function readAll(log: Log, topic: string, count: number): Promise<readonly LogRecord[]> {
  const reader = await read(log, topic, newGroup());
  await until(() => reader.records.length >= count);
  await reader.stop();
  await reader.done;
  assert.equal(reader.records.length, count);
  return reader.records;
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${condition.toString()}`);
    await delay(10);
  }
}
