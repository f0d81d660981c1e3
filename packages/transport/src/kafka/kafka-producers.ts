import { Partitioners, type Kafka, type TopicMessages } from 'kafkajs';
import type { OutRecord, Producer, TransactionalProducer, TransactionContent } from '../port.js';
import { transportError } from './kafka-errors.js';

/**
 * After a commit the broker answers CONCURRENT_TRANSACTIONS until it has written the markers, some milliseconds: the
 * client's usual first wait of 300 ms would be most of a commit.
 */
const QUICK_RETRY = { initialRetryTime: 15, factor: 0.2, multiplier: 1.6, maxRetryTime: 2000, retries: 12 };

/** Milliseconds after which the broker ends a transaction whose producer is gone. */
const TRANSACTION_TIMEOUT = 30_000;

export async function openProducer(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
  await attempt('connecting a producer', () => producer.connect());
  return {
    send: (records) =>
      attempt(`writing to ${topicsIn(records)}`, async () => {
        await producer.sendBatch({ topicMessages: byTopic(records), acks: -1 });
      }),
    close: () => producer.disconnect(),
  };
}

export async function openTransactionalProducer(kafka: Kafka, transactionalId: string): Promise<TransactionalProducer> {
  const producer = kafka.producer({
    transactionalId,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: TRANSACTION_TIMEOUT,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: QUICK_RETRY,
  });
  await attempt(`taking over the transactional id ${transactionalId}`, async () => {
    await producer.connect();
    // The client registers with the coordinator, and so fences others, on its first transaction: an empty one writes nothing.
    const transaction = await producer.transaction();
    await transaction.abort();
  });
  return {
    commit: (content) => attempt(`committing as ${transactionalId}`, () => commitTransaction(producer, content)),
    close: () => producer.disconnect(),
  };
}

async function commitTransaction(
  producer: ReturnType<Kafka['producer']>,
  { records, consumed }: TransactionContent,
): Promise<void> {
  if (records.length === 0 && consumed === undefined) return;
  const transaction = await producer.transaction();
  try {
    if (records.length > 0) await transaction.sendBatch({ topicMessages: byTopic(records), acks: -1 });
    if (consumed !== undefined) {
      const partitions = [...consumed.offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }));
      await transaction.sendOffsets({
        consumerGroupId: consumed.group,
        topics: [{ topic: consumed.topic, partitions }],
      });
    }
    await transaction.commit();
  } catch (error) {
    // Should the abort fail too, the next owner of the id, or the broker's timeout, ends the transaction.
    if (transaction.isActive()) await transaction.abort().catch(() => undefined);
    throw error;
  }
}

function byTopic(records: readonly OutRecord[]): TopicMessages[] {
  const topics = new Map<string, TopicMessages>();
  for (const { topic, partition, key, value, headers } of records) {
    let entry = topics.get(topic);
    if (entry === undefined) topics.set(topic, (entry = { topic, messages: [] }));
    entry.messages.push({
      key,
      value,
      ...(partition === undefined ? {} : { partition }),
      ...(headers === undefined ? {} : { headers }),
    });
  }
  return [...topics.values()];
}

function topicsIn(records: readonly OutRecord[]): string {
  return [...new Set(records.map(({ topic }) => topic))].join(', ');
}

async function attempt<T>(doing: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw transportError(error, doing);
  }
}
