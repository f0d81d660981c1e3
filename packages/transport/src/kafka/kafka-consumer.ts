import type { Admin, Consumer as KafkaConsumerClient, EachBatchPayload, Kafka } from 'kafkajs';
import type { Consumer, ConsumerHandler, ConsumerSettings, LogRecord } from '../port.js';
import { TransportError } from '../transport-error.js';
import { transportError } from './kafka-errors.js';
import { recordsFrom } from './kafka-records.js';

const SESSION_TIMEOUT = 20_000;
const HEARTBEAT_INTERVAL = 2000;

/**
 * A member of a consumer group. kafkajs tells of joins and rebalances by events that it does not wait for, and fetches at once
 * after a join; so a join pauses all partitions on the spot, and each is resumed once the handler has said where it begins. All
 * calls of the handler stand in one queue.
 */
export class KafkaConsumer implements Consumer {
  readonly done: Promise<void>;
  /** Where reading stands, by partition that is ours. */
  readonly #positions = new Map<number, number>();
  #queue: Promise<void> = Promise.resolve();
  #generation = 0;
  #ticking = false;
  #ended = false;
  #end!: (error?: Error) => void;
  readonly #timer: NodeJS.Timeout;

  private constructor(
    private readonly client: KafkaConsumerClient,
    private readonly admin: Admin,
    private readonly settings: ConsumerSettings,
    private readonly handler: ConsumerHandler,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.done.catch(() => undefined);
    this.#timer = setInterval(() => this.#tick(), settings.tickInterval);
  }

  static async start(
    kafka: Kafka,
    admin: Admin,
    settings: ConsumerSettings,
    handler: ConsumerHandler,
  ): Promise<KafkaConsumer> {
    const client = kafka.consumer({
      groupId: settings.group,
      sessionTimeout: SESSION_TIMEOUT,
      rebalanceTimeout: 30_000,
      heartbeatInterval: HEARTBEAT_INTERVAL,
      maxWaitTimeInMs: Math.max(20, Math.min(250, settings.tickInterval)),
      maxBytesPerPartition: 4 << 20,
      maxBytes: 32 << 20,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, retries: 8, restartOnFailure: () => Promise.resolve(true) },
    });
    const consumer = new KafkaConsumer(client, admin, settings, handler);
    try {
      await consumer.#listen();
    } catch (error) {
      clearInterval(consumer.#timer);
      throw transportError(error, `reading ${settings.topic}`);
    }
    return consumer;
  }

  async stop(): Promise<void> {
    if (this.#ended) {
      await this.done.catch(() => undefined);
      return;
    }
    // What was read is written before the group is left: the next owner finds the offsets committed.
    this.#letGo();
    await this.#queue;
    await this.#close();
  }

  async #listen(): Promise<void> {
    const { GROUP_JOIN, REBALANCING, CRASH } = this.client.events;
    this.client.on(REBALANCING, () => this.#letGo());
    this.client.on(GROUP_JOIN, ({ payload }) => {
      const partitions = payload.memberAssignment[this.settings.topic] ?? [];
      this.#letGo();
      this.client.pause([{ topic: this.settings.topic, partitions }]);
      this.#takeOver(partitions);
    });
    this.client.on(CRASH, ({ payload }) => {
      if (!payload.restart) this.#fail(transportError(payload.error, `reading ${this.settings.topic}`));
    });
    await this.client.connect();
    await this.client.subscribe({ topic: this.settings.topic, fromBeginning: true });
    await this.client.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#onBatch(payload),
    });
  }

  /** Gives up all partitions: from now on no batch of them is taken; in its turn, the handler writes what it has. */
  #letGo(): void {
    this.#generation++;
    const partitions = [...this.#positions.keys()];
    this.#positions.clear();
    if (partitions.length > 0) this.#enqueue(() => this.handler.revoked(partitions));
  }

  #takeOver(partitions: readonly number[]): void {
    const generation = this.#generation;
    const { topic } = this.settings;
    this.#enqueue(async () => {
      if (generation !== this.#generation || this.#ended) return;
      const starts = await this.handler.assigned(partitions);
      const committed = await this.#committedOffsets();
      // Lost again meanwhile: the handler must let go of what it just took.
      if (generation !== this.#generation) return this.handler.revoked(partitions);
      for (const partition of partitions) {
        const offset = starts.get(partition) ?? committed.get(partition) ?? 0;
        this.#positions.set(partition, offset);
        this.client.seek({ topic, partition, offset: String(offset) });
      }
      this.client.resume([{ topic, partitions: [...partitions] }]);
    });
  }

  async #onBatch({ batch, resolveOffset, heartbeat, isStale }: EachBatchPayload): Promise<void> {
    const { partition } = batch;
    const generation = this.#generation;
    await this.#enqueue(async () => {
      const position = this.#positions.get(partition);
      if (position === undefined || generation !== this.#generation || this.#ended || isStale()) return;
      const records = recordsFrom(batch, position);
      if (records.length > 0) await this.#handle(partition, records, heartbeat);
      if (generation !== this.#generation) return;
      this.#positions.set(partition, Number(batch.lastOffset()) + 1);
      resolveOffset(batch.lastOffset());
    });
    if (!this.#ended) await heartbeat();
  }

  /** Hands records over, and keeps the membership alive for as long as that takes. */
  async #handle(partition: number, records: readonly LogRecord[], heartbeat: () => Promise<void>): Promise<void> {
    // A heartbeat's own failure is met again, and dealt with, by the one after the batch.
    const beating = setInterval(() => void heartbeat().catch(() => undefined), HEARTBEAT_INTERVAL);
    try {
      await this.handler.records(partition, records);
    } finally {
      clearInterval(beating);
    }
  }

  #tick(): void {
    if (this.#ticking || this.#ended || this.#positions.size === 0) return;
    this.#ticking = true;
    void this.#enqueue(() => this.handler.tick()).finally(() => (this.#ticking = false));
  }

  /** Runs an action of the handler after all before it. The first that fails stops the consumer; nothing runs after it. */
  #enqueue(action: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      if (this.#ended) return;
      try {
        await action();
      } catch (error) {
        this.#fail(error instanceof Error ? error : new TransportError('failed', String(error)));
      }
    });
    return this.#queue;
  }

  #fail(error: Error): void {
    if (this.#ended) return;
    void this.#close(error);
  }

  async #close(error?: Error): Promise<void> {
    this.#ended = true;
    clearInterval(this.#timer);
    await this.client.disconnect().catch(() => undefined);
    this.#end(error);
  }

  async #committedOffsets(): Promise<Map<number, number>> {
    const { group, topic } = this.settings;
    const [{ partitions }] = await this.admin.fetchOffsets({ groupId: group, topics: [topic] });
    const known = partitions.filter(({ offset }) => Number(offset) >= 0);
    return new Map(known.map(({ partition, offset }) => [partition, Number(offset)]));
  }
}
