import { randomUUID } from 'node:crypto';
import type { Admin, Consumer as KafkaConsumerClient, Kafka } from 'kafkajs';
import type { Follower, LogRecord } from '../port.js';
import { transportError } from './kafka-errors.js';
import { recordsFrom } from './kafka-records.js';

/**
 * Reads a whole topic, all partitions in this process. kafkajs reads through groups only, so each follower has a group of its
 * own that commits nothing and is deleted when it stops.
 */
export class KafkaFollower implements Follower {
  readonly done = new Promise<void>(() => undefined);
  /** The offset after the last record seen, by partition. */
  readonly #seen = new Map<number, number>();
  #progress: () => void = () => undefined;
  #failure: Error | null = null;

  private constructor(
    private readonly client: KafkaConsumerClient,
    private readonly admin: Admin,
    private readonly topic: string,
    private readonly group: string,
  ) {}

  static async start(
    kafka: Kafka,
    admin: Admin,
    topic: string,
    onRecord: (record: LogRecord) => void | Promise<void>,
  ): Promise<KafkaFollower> {
    const group = `tidemark-follower-${randomUUID()}`;
    const client = kafka.consumer({
      groupId: group,
      maxWaitTimeInMs: 200,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, retries: 8, restartOnFailure: () => Promise.resolve(true) },
    });
    const follower = new KafkaFollower(client, admin, topic, group);
    try {
      await follower.#run(onRecord);
      await follower.catchUp();
    } catch (error) {
      await follower.stop();
      throw transportError(error, `following ${topic}`);
    }
    return follower;
  }

  async catchUp(): Promise<void> {
    const ends = await this.admin.fetchTopicOffsets(this.topic);
    const behind = () =>
      ends.some(
        ({ partition, low, high }) => Number(high) > Number(low) && (this.#seen.get(partition) ?? 0) < Number(high),
      );
    while (behind()) {
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => (this.#progress = resolve));
    }
  }

  async stop(): Promise<void> {
    await this.client.disconnect().catch(() => undefined);
    await this.admin.deleteGroups([this.group]).catch(() => undefined);
  }

  async #run(onRecord: (record: LogRecord) => void | Promise<void>): Promise<void> {
    const { END_BATCH_PROCESS, CRASH } = this.client.events;
    // Told of batches of control records and aborted transactions too, which `eachBatch` never sees.
    this.client.on(END_BATCH_PROCESS, ({ payload }) => {
      this.#seen.set(payload.partition, Number(payload.lastOffset) + 1);
      this.#progress();
    });
    this.client.on(CRASH, ({ payload }) => {
      if (payload.restart) return;
      this.#failure = transportError(payload.error, `following ${this.topic}`);
      this.#progress();
    });
    await this.client.connect();
    await this.client.subscribe({ topic: this.topic, fromBeginning: true });
    await this.client.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        for (const record of recordsFrom(batch, 0)) await onRecord(record);
      },
    });
  }
}
