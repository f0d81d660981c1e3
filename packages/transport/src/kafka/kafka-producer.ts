import { Partitioners, type Kafka, type Producer as Client } from 'kafkajs';
import type { OutRecord, Producer } from '../port.js';
import { TransportError } from '../transport-error.js';
import { transportError } from './kafka-errors.js';
import { inRequests, type PartitionPlan } from './record-batches.js';

/**
 * Writes outside of transactions, each record once however often its request has to be sent. One send at a time; a client whose send
 * failed is replaced, as it would number the next records like those that may have been written after all, and brokers would
 * take them for repetitions.
 */
export class KafkaProducer implements Producer {
  #client: Client | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly plan: PartitionPlan,
  ) {}

  async connect(): Promise<this> {
    this.#client ??= await this.#open();
    return this;
  }

  send(records: readonly OutRecord[]): Promise<void> {
    const sent = this.#queue.then(() => this.#send(records));
    this.#queue = sent.catch(() => undefined);
    return sent;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue;
    await this.#client?.disconnect();
    this.#client = null;
  }

  async #send(records: readonly OutRecord[]): Promise<void> {
    if (this.#closed) throw new TransportError('closed', 'The producer is closed');
    this.#client ??= await this.#open();
    try {
      for (const request of inRequests(records)) {
        await this.#client.sendBatch({ topicMessages: await this.plan.messages(request), acks: -1 });
      }
    } catch (error) {
      const failed = this.#client;
      this.#client = null;
      await failed.disconnect().catch(() => undefined);
      const topics = [...new Set(records.map(({ topic }) => topic))];
      throw transportError(error, `writing to ${topics.join(', ')}`);
    }
  }

  async #open(): Promise<Client> {
    const client = this.kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { initialRetryTime: 50, maxRetryTime: 2000, retries: 12 },
    });
    try {
      await client.connect();
    } catch (error) {
      throw transportError(error, 'connecting a producer');
    }
    return client;
  }
}
