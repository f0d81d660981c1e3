import { randomUUID } from 'node:crypto';
import { Partitioners, type Kafka, type Producer as Client, type Transaction } from 'kafkajs';
import type { TransactionalProducer, TransactionContent } from '../port.js';
import { TransportError } from '../transport-error.js';
import type { GroupMemberships } from './group-memberships.js';
import { transportError } from './kafka-errors.js';
import { besideOffset, type KafkaOffsets } from './kafka-offsets.js';
import { persistently } from './persistently.js';
import { inRequests, type PartitionPlan } from './record-batches.js';

/** Milliseconds after which the broker ends a transaction whose producer is gone. */
const TRANSACTION_TIMEOUT = 30_000;

/**
 * After a commit brokers answer CONCURRENT_TRANSACTIONS until they have written the markers, some milliseconds: the client's usual
 * first wait of 300 ms would be most of a commit.
 */
const QUICK_RETRY = { initialRetryTime: 5, factor: 0.2, multiplier: 1.7, maxRetryTime: 1000, retries: 15 };

/**
 * A producer bound to a transactional id. When a transaction fails the client is given up and another opened with the id, which
 * ends what was open. A commit whose answer was lost may have been made: every commit leaves a note of its own beside the
 * offsets, and the note that is found there tells. The id is taken back only by the owner of the partitions whose offsets are to be
 * committed: whoever took them over meanwhile has the id too, and would be fenced.
 */
export class KafkaTransactions implements TransactionalProducer {
  readonly #name = randomUUID();
  #commits = 0;
  #client: Client | null = null;
  /** A commit that nobody has been told the outcome of. */
  #open: { readonly content: TransactionContent; readonly note: string } | null = null;
  #ended: TransportError | null = null;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly kafka: Kafka,
    private readonly transactionalId: string,
    private readonly offsets: KafkaOffsets,
    private readonly memberships: GroupMemberships,
    private readonly plan: PartitionPlan,
  ) {}

  static async start(
    kafka: Kafka,
    transactionalId: string,
    offsets: KafkaOffsets,
    memberships: GroupMemberships,
    plan: PartitionPlan,
  ): Promise<KafkaTransactions> {
    const producer = new KafkaTransactions(kafka, transactionalId, offsets, memberships, plan);
    let attempts = 0;
    producer.#client = await persistently(async () => {
      if (attempts++ > 0 && !(await memberships.mayTakeOver())) throw producer.#overtaken();
      return producer.#takeOver();
    });
    return producer;
  }

  commit(content: TransactionContent): Promise<void> {
    const committed = this.#queue.then(() => this.#commit(content));
    this.#queue = committed.catch(() => undefined);
    return committed;
  }

  async close(): Promise<void> {
    await this.#queue;
    this.#ended ??= new TransportError('closed', `The producer ${this.transactionalId} is closed`);
    await this.#discard();
  }

  async #commit(content: TransactionContent): Promise<void> {
    if (this.#ended !== null) throw this.#ended;
    if (content.records.length === 0 && content.consumed === undefined) return;
    try {
      await persistently(() => this.#attempt(content));
    } catch (error) {
      const failure = transportError(error, `committing as ${this.transactionalId}`);
      // Only the content whose outcome is open may follow a failure that passes; after any other this producer is done with.
      if (failure.code === 'fenced') this.#ended = failure;
      throw failure;
    }
  }

  async #attempt(content: TransactionContent): Promise<void> {
    try {
      if (this.#client === null) {
        await this.#checkOwnership(content);
        this.#client = await this.#takeOver();
        if (await this.#wasCommitted(content)) return;
      }
      const note = `${this.#name}/${++this.#commits}`;
      const transaction = await this.#client.transaction();
      await this.#write(transaction, content, note);
      this.#open = { content, note };
      await transaction.commit();
      this.#settle(content, note);
    } catch (error) {
      await this.#discard();
      throw transportError(error, `committing as ${this.transactionalId}`);
    }
  }

  async #write(transaction: Transaction, { records, consumed }: TransactionContent, note: string): Promise<void> {
    try {
      for (const request of inRequests(records)) {
        await transaction.sendBatch({ topicMessages: await this.plan.messages(request), acks: -1 });
      }
      if (consumed === undefined) return;
      const topicId = this.memberships.topicIdOf(consumed.group, consumed.topic);
      const partitions = [...consumed.offsets].map(([partition, offset]) => ({
        partition,
        offset: String(offset),
        metadata: besideOffset(note, offset, topicId),
      }));
      const topics = [{ topic: consumed.topic, partitions }];
      await whileMarkersAreWritten(() => transaction.sendOffsets({ consumerGroupId: consumed.group, topics }));
    } catch (error) {
      // So that readers need not wait for the broker's timeout; should it fail too, the next owner of the id ends the transaction.
      await transaction.abort().catch(() => undefined);
      throw error;
    }
  }

  /** @throws TransportError `fenced` where another member of the group has the partitions, and so the id. */
  async #checkOwnership({ consumed }: TransactionContent): Promise<void> {
    if (consumed === undefined) return;
    const { group, topic, offsets } = consumed;
    if (!(await this.memberships.owns(group, topic, [...offsets.keys()]))) throw this.#overtaken();
  }

  #overtaken(): TransportError {
    return new TransportError(
      'fenced',
      `The partition of ${this.transactionalId} has been given to another member of the group`,
    );
  }

  /** What became of the commit whose answer was lost, if one was; the id has just been taken over, so that it can no longer change. */
  async #wasCommitted(content: TransactionContent): Promise<boolean> {
    const open = this.#open;
    const consumed = open?.content.consumed ?? content.consumed;
    if (consumed === undefined) return false;
    const { group, topic, offsets } = consumed;
    const outcome = await this.offsets.outcome(group, topic, offsets, open?.note ?? null);
    switch (outcome) {
      case 'committed':
        if (open === null) return false;
        this.#settle(open.content, open.note);
        if (open.content === content) return true;
        throw new TransportError(
          'failed',
          'The transaction before this one was committed after all: read again from its offsets',
        );
      case 'not-committed':
        this.#open = null;
        return false;
      case 'overtaken':
        throw new TransportError('fenced', `Another producer has committed for ${group} as ${this.transactionalId}`);
      case 'unknown':
        throw new TransportError(
          'failed',
          `Whether a transaction of ${group} was committed cannot be told: read again from its offsets`,
        );
    }
  }

  #settle({ consumed }: TransactionContent, note: string): void {
    this.#open = null;
    if (consumed !== undefined) this.offsets.remember(consumed.group, consumed.topic, consumed.offsets, note);
  }

  async #takeOver(): Promise<Client> {
    const client = this.kafka.producer({
      transactionalId: this.transactionalId,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: TRANSACTION_TIMEOUT,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: QUICK_RETRY,
    });
    try {
      await client.connect();
      // The client registers with the coordinator, and so fences others, on its first transaction; an empty one writes nothing.
      const transaction = await client.transaction();
      await transaction.abort();
      return client;
    } catch (error) {
      await client.disconnect().catch(() => undefined);
      throw transportError(error, `taking over the transactional id ${this.transactionalId}`);
    }
  }

  async #discard(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.disconnect().catch(() => undefined);
  }
}

/** The client does not itself try again to add offsets while the markers of the transaction before are being written. */
async function whileMarkersAreWritten(action: () => Promise<void>): Promise<void> {
  for (let wait = 5; ; wait = Math.min(2 * wait, 500)) {
    try {
      return await action();
    } catch (error) {
      const { type } = error as { readonly type?: string };
      if (type !== 'CONCURRENT_TRANSACTIONS' || wait === 500) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
