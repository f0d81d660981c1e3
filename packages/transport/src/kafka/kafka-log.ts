import type { Admin, Kafka } from 'kafkajs';
import type {
  Consumer,
  ConsumerHandler,
  ConsumerSettings,
  Follower,
  Log,
  LogRecord,
  Producer,
  TopicSettings,
  TransactionalProducer,
} from '../port.js';
import { TransportError } from '../transport-error.js';
import { KafkaConsumer } from './kafka-consumer.js';
import { transportError } from './kafka-errors.js';
import { KafkaFollower } from './kafka-follower.js';
import { openProducer, openTransactionalProducer } from './kafka-producers.js';
import { kafkaClient, type KafkaSettings } from './kafka-settings.js';

/** The log on Apache Kafka, through kafkajs, which nothing outside this folder imports. */
export class KafkaLog implements Log {
  readonly #open = new Set<{ close(): Promise<void> }>();

  private constructor(
    private readonly kafka: Kafka,
    private readonly admin: Admin,
  ) {}

  /** @throws TransportError where no broker answers or credentials are refused. */
  static async connect(settings: KafkaSettings): Promise<KafkaLog> {
    const kafka = kafkaClient(settings);
    const admin = kafka.admin();
    try {
      await admin.connect();
    } catch (error) {
      throw transportError(error, `connecting to Kafka at ${settings.brokers.join(', ')}`);
    }
    return new KafkaLog(kafka, admin);
  }

  async ensureTopics(topics: readonly TopicSettings[]): Promise<void> {
    const existing = new Set(await this.#attempt('listing topics', () => this.admin.listTopics()));
    const missing = topics.filter(({ topic }) => !existing.has(topic));
    if (missing.length === 0) return;
    await this.#attempt(`making the topics ${missing.map(({ topic }) => topic).join(', ')}`, () =>
      this.admin.createTopics({
        waitForLeaders: true,
        topics: missing.map(({ topic, partitions, compacted, retention, maxMessageBytes }) => ({
          topic,
          numPartitions: partitions,
          configEntries: [
            ...(compacted === true ? [{ name: 'cleanup.policy', value: 'compact' }] : []),
            ...(retention === undefined ? [] : [{ name: 'retention.ms', value: String(retention) }]),
            ...(maxMessageBytes === undefined ? [] : [{ name: 'max.message.bytes', value: String(maxMessageBytes) }]),
          ],
        })),
      }),
    );
  }

  async partitionsOf(topic: string): Promise<number> {
    const { topics } = await this.#attempt(`looking up ${topic}`, () =>
      this.admin.fetchTopicMetadata({ topics: [topic] }),
    );
    if (topics.length === 0) throw new TransportError('unknown-topic', `There is no topic ${topic}`);
    return topics[0].partitions.length;
  }

  async committed(group: string, topic: string): Promise<ReadonlyMap<number, number>> {
    const [found] = await this.#attempt(`looking up what ${group} has consumed`, () =>
      this.admin.fetchOffsets({ groupId: group, topics: [topic] }),
    );
    const known = found.partitions.filter(({ offset }) => Number(offset) >= 0);
    return new Map(known.map(({ partition, offset }) => [partition, Number(offset)]));
  }

  async consume(settings: ConsumerSettings, handler: ConsumerHandler): Promise<Consumer> {
    const consumer = await KafkaConsumer.start(this.kafka, this.admin, settings, handler);
    return this.#tracked(consumer, () => consumer.stop());
  }

  async follow(topic: string, onRecord: (record: LogRecord) => void | Promise<void>): Promise<Follower> {
    const follower = await KafkaFollower.start(this.kafka, this.admin, topic, onRecord);
    return this.#tracked(follower, () => follower.stop());
  }

  async producer(): Promise<Producer> {
    const producer = await openProducer(this.kafka);
    return this.#tracked(producer, () => producer.close());
  }

  async transactionalProducer(transactionalId: string): Promise<TransactionalProducer> {
    const producer = await openTransactionalProducer(this.kafka, transactionalId);
    return this.#tracked(producer, () => producer.close());
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#open].map((each) => each.close()));
    await this.admin.disconnect();
  }

  #tracked<T>(opened: T, close: () => Promise<void>): T {
    this.#open.add({ close });
    return opened;
  }

  async #attempt<T>(doing: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw transportError(error, doing);
    }
  }
}
