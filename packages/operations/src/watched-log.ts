import type {
  Consumer,
  ConsumerHandler,
  ConsumerSettings,
  Follower,
  Log,
  LogRecord,
  TransactionalProducer,
} from '@tidemark/transport';
import { GroupWatchedLog } from './group-watched-log.js';
import type { ServiceHealth } from './service-health.js';
import type { ServiceMetrics } from './service-metrics.js';

/**
 * A log that is watched as it is used: turns of the consumer's loop, partitions that come and go, records, commits. What every
 * service does goes through the log's port, so that all are watched alike and none has to report it.
 */
export class WatchedLog extends GroupWatchedLog {
  readonly #consumers = new Map<Consumer, string>();

  constructor(
    log: Log,
    health: ServiceHealth,
    private readonly metrics: ServiceMetrics,
  ) {
    super(log, health);
  }

  /**
   * Measures the lag of the partitions that are ours, and tells of all partitions whether they are; a check of Kafka, too.
   *
   * @param topic what the service consumes. @param report where it goes: the lag of the service unless stated.
   */
  async measureLag(
    topic: string,
    report: (partition: number, records: number) => void = (partition, records) => this.metrics.lag(partition, records),
  ): Promise<void> {
    const ends = await this.log.ends(topic);
    const consumers = [...this.#consumers].filter(([, consumed]) => consumed === topic).map(([consumer]) => consumer);
    for (const [partition, end] of ends) {
      const positions = consumers.map((consumer) => consumer.position(partition)).filter((each) => each !== undefined);
      for (const position of positions) report(partition, Math.max(0, end - position));
      this.metrics.partitionHeld(topic, partition, positions.length > 0);
    }
  }

  override async consume(settings: ConsumerSettings, handler: ConsumerHandler): Promise<Consumer> {
    const consumer = await super.consume(settings, this.#watched(handler));
    this.#consumers.set(consumer, settings.topic);
    consumer.done.catch(() => undefined).finally(() => this.#consumers.delete(consumer));
    return consumer;
  }

  override async transactionalProducer(transactionalId: string): Promise<TransactionalProducer> {
    const producer = await this.log.transactionalProducer(transactionalId);
    this.health.turned();
    return {
      commit: (content) => this.metrics.commit(() => producer.commit(content)),
      close: () => producer.close(),
    };
  }

  override follow(
    topic: string,
    onRecord: (record: LogRecord) => void | Promise<void>,
    from?: ReadonlyMap<number, number>,
  ): Promise<Follower> {
    const follow = async (record: LogRecord): Promise<void> => {
      await onRecord(record);
      // While it starts, a service may have a long topic to read.
      this.health.turned();
    };
    return super.follow(topic, follow, from);
  }

  #watched(handler: ConsumerHandler): ConsumerHandler {
    const { health, metrics } = this;
    return {
      assigned: async (partitions) => {
        metrics.rebalanced();
        return health.takingOver(partitions, () => handler.assigned(partitions));
      },
      displaced: async (displacement) => handler.displaced?.(displacement),
      records: async (partition, records) => {
        await health.during(() => handler.records(partition, records));
        metrics.recordsConsumed(records.length);
      },
      tick: () => health.during(() => handler.tick()),
      revoked: async (partitions) => {
        try {
          await health.during(() => handler.revoked(partitions));
        } finally {
          metrics.forget(partitions);
        }
        health.letGo(partitions);
      },
    };
  }
}
