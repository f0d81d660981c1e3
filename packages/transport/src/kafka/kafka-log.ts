import type { Kafka } from 'kafkajs';
import type {
  Consumer,
  ConsumerHandler,
  ConsumerSettings,
  Follower,
  Log,
  LogRecord,
  PartitionRange,
  Producer,
  TopicDifference,
  TopicSettings,
  TransactionalProducer,
} from '../port.js';
import { TransportError } from '../transport-error.js';
import { KafkaConsumer } from './kafka-consumer.js';
import { KafkaAdmin } from './kafka-admin.js';
import { aclsOf, type KafkaAcls } from './kafka-acls.js';
import { GroupMemberships } from './group-memberships.js';
import { transportError } from './kafka-errors.js';
import { followOnKafka } from './kafka-follower.js';
import { KafkaOffsets } from './kafka-offsets.js';
import { ensureTopics } from './kafka-topics.js';
import { KafkaProducer } from './kafka-producer.js';
import { kafkaClient, type KafkaSettings } from './kafka-settings.js';
import { KafkaTransactions } from './kafka-transactions.js';
import { persistently } from './persistently.js';
import { PartitionPlan } from './record-batches.js';

/** The log on Apache Kafka, through kafkajs, which nothing outside this folder imports. */
export class KafkaLog implements Log {
  readonly #open = new Set<() => Promise<void>>();
  readonly #offsets: KafkaOffsets;
  readonly #memberships: GroupMemberships;
  readonly #partitions = new Map<string, { readonly count: number; readonly until: number }>();
  readonly #plan = new PartitionPlan((topic) => this.#knownPartitions(topic));

  private constructor(
    private readonly kafka: Kafka,
    private readonly admin: KafkaAdmin,
    private readonly groupPrefix: string,
  ) {
    this.#offsets = new KafkaOffsets(admin);
    this.#memberships = new GroupMemberships(admin);
  }

  /** @throws TransportError where no broker answers or credentials are refused. */
  static async connect(settings: KafkaSettings): Promise<KafkaLog> {
    const kafka = kafkaClient(settings);
    try {
      return new KafkaLog(kafka, await KafkaAdmin.connect(kafka), settings.groupPrefix ?? '');
    } catch (error) {
      throw transportError(error, `connecting to Kafka at ${settings.brokers.join(', ')}`);
    }
  }

  ensureTopics(topics: readonly TopicSettings[]): Promise<readonly TopicDifference[]> {
    return ensureTopics((question) => this.admin.ask(question), topics);
  }

  /** Whether a broker answers; asked anew each time, and of no topic. @throws TransportError where none does. */
  async ping(): Promise<void> {
    await this.#attempt('asking Kafka for its brokers', () => this.admin.ask((admin) => admin.describeCluster()));
  }

  async partitionsOf(topic: string): Promise<number> {
    const { topics } = await this.#attempt(`looking up ${topic}`, () =>
      this.admin.ask((admin) => admin.fetchTopicMetadata({ topics: [topic] })),
    );
    if (topics.length === 0) throw new TransportError('unknown-topic', `There is no topic ${topic}`);
    return topics[0].partitions.length;
  }

  async ends(topic: string): Promise<ReadonlyMap<number, number>> {
    return new Map([...(await this.ranges(topic))].map(([partition, { end }]) => [partition, end]));
  }

  ranges(topic: string): Promise<ReadonlyMap<number, PartitionRange>> {
    return this.#offsets.rangesNow(topic);
  }

  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>> {
    return this.#offsets.committed(group, topic);
  }

  committedFor(group: string, topic: string): Promise<ReadonlyMap<number, string>> {
    return this.#offsets.committedFor(group, topic);
  }

  topicId(topic: string): Promise<string | null> {
    return this.#offsets.topicId(topic);
  }

  /** What the brokers' ACLs say of somebody. @param principal `User:ann`. */
  acls(principal: string): Promise<KafkaAcls> {
    return this.admin.ask((admin) => aclsOf(admin, principal));
  }

  async consume(settings: ConsumerSettings, handler: ConsumerHandler): Promise<Consumer> {
    const consumer = await KafkaConsumer.start(this.kafka, this.#offsets, settings, handler, this.#memberships);
    return this.#tracked(consumer, () => consumer.stop());
  }

  async follow(
    topic: string,
    onRecord: (record: LogRecord) => void | Promise<void>,
    from?: ReadonlyMap<number, number>,
  ): Promise<Follower> {
    const follower = await followOnKafka(
      { kafka: this.kafka, admin: this.admin, offsets: this.#offsets, groupPrefix: this.groupPrefix },
      topic,
      onRecord,
      from,
    );
    return this.#tracked(follower, () => follower.stop());
  }

  async producer(): Promise<Producer> {
    const producer = await new KafkaProducer(this.kafka, this.#plan).connect();
    return this.#tracked(producer, () => producer.close());
  }

  async transactionalProducer(transactionalId: string): Promise<TransactionalProducer> {
    const producer = await KafkaTransactions.start(
      this.kafka,
      transactionalId,
      this.#offsets,
      this.#memberships,
      this.#plan,
    );
    return this.#tracked(producer, () => producer.close());
  }

  async close(): Promise<void> {
    // Readers first: what they write as they let go needs its producers.
    for (const close of [...this.#open].reverse()) await close().catch(() => undefined);
    await this.admin.disconnect();
  }

  #tracked<T>(opened: T, close: () => Promise<void>): T {
    this.#open.add(close);
    return opened;
  }

  /** Partitions are never taken away; where some were added, it is a while before keys are spread over them. */
  async #knownPartitions(topic: string): Promise<number> {
    const known = this.#partitions.get(topic);
    if (known !== undefined && performance.now() < known.until) return known.count;
    const count = await persistently(() => this.partitionsOf(topic));
    this.#partitions.set(topic, { count, until: performance.now() + 300_000 });
    return count;
  }

  async #attempt<T>(doing: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw transportError(error, doing);
    }
  }
}
