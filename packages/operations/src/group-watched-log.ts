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
} from '@tidemark/transport';
import type { ServiceHealth } from './service-health.js';

/** A log whose readers are watched for being in their groups; whatever else goes through it is left as it is. */
export class GroupWatchedLog implements Log {
  constructor(
    protected readonly log: Log,
    protected readonly health: ServiceHealth,
  ) {}

  async consume(settings: ConsumerSettings, handler: ConsumerHandler): Promise<Consumer> {
    const consumer = await this.log.consume(settings, handler);
    this.#watchGroup(settings.topic, consumer);
    return consumer;
  }

  async follow(
    topic: string,
    onRecord: (record: LogRecord) => void | Promise<void>,
    from?: ReadonlyMap<number, number>,
  ): Promise<Follower> {
    const follower = await this.log.follow(topic, onRecord, from);
    this.#watchGroup(topic, follower);
    return follower;
  }

  transactionalProducer(transactionalId: string): Promise<TransactionalProducer> {
    return this.log.transactionalProducer(transactionalId);
  }

  ensureTopics(topics: readonly TopicSettings[]): Promise<readonly TopicDifference[]> {
    return this.log.ensureTopics(topics);
  }

  partitionsOf(topic: string): Promise<number> {
    return this.log.partitionsOf(topic);
  }

  ends(topic: string): Promise<ReadonlyMap<number, number>> {
    return this.log.ends(topic);
  }

  ranges(topic: string): Promise<ReadonlyMap<number, PartitionRange>> {
    return this.log.ranges(topic);
  }

  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>> {
    return this.log.committed(group, topic);
  }

  committedFor(group: string, topic: string): Promise<ReadonlyMap<number, string>> {
    return this.log.committedFor(group, topic);
  }

  topicId(topic: string): Promise<string | null> {
    return this.log.topicId(topic);
  }

  producer(): Promise<Producer> {
    return this.log.producer();
  }

  close(): Promise<void> {
    return this.log.close();
  }

  #watchGroup(topic: string, reader: Pick<Consumer, 'outsideFor' | 'done'>): void {
    const end = this.health.watchGroup(topic, () => reader.outsideFor);
    reader.done.catch(() => undefined).finally(end);
  }
}
