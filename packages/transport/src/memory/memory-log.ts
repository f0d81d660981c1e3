import type {
  Consumer,
  ConsumerHandler,
  ConsumerSettings,
  Follower,
  Log,
  LogRecord,
  OutRecord,
  PartitionRange,
  Producer,
  TopicDifference,
  TopicSettings,
  TransactionalProducer,
  TransactionContent,
} from '../port.js';
import { differencesOf } from '../topic-differences.js';
import { TransportError } from '../transport-error.js';
import { MemoryConsumer } from './memory-consumer.js';
import { MemoryGroup } from './memory-group.js';
import { MemoryTopic } from './memory-topic.js';

/** A producer waits while a group is so many records behind: the queue within the process is bounded. */
const MOST_BEHIND = 50_000;

/**
 * A log within the process, for the embedded mode and for tests: partitions, consumer groups, atomic transactions and fencing as
 * Kafka has them. It is gone with the process; records that every group has read are forgotten earlier.
 */
export class MemoryLog implements Log {
  readonly #topics = new Map<string, MemoryTopic>();
  readonly #groups = new Map<string, Map<string, MemoryGroup>>();
  readonly #epochs = new Map<string, number>();
  readonly #consumers = new Set<MemoryConsumer>();
  readonly #followers = new Set<Follower>();

  constructor(private readonly now: () => number = Date.now) {}

  ensureTopics(topics: readonly TopicSettings[]): Promise<readonly TopicDifference[]> {
    const differences: TopicDifference[] = [];
    for (const settings of topics) {
      const existing = this.#topics.get(settings.topic);
      if (existing === undefined) this.#topics.set(settings.topic, new MemoryTopic(settings));
      else differences.push(...differencesOf(settings, existing.settings));
    }
    return Promise.resolve(differences);
  }

  partitionsOf(topic: string): Promise<number> {
    return Promise.resolve().then(() => this.#topic(topic).partitions);
  }

  async ends(name: string): Promise<ReadonlyMap<number, number>> {
    return new Map([...(await this.ranges(name))].map(([partition, { end }]) => [partition, end]));
  }

  ranges(name: string): Promise<ReadonlyMap<number, PartitionRange>> {
    return Promise.resolve().then(() => {
      const topic = this.#topic(name);
      return new Map(Array.from({ length: topic.partitions }, (_, partition) => [partition, topic.range(partition)]));
    });
  }

  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>> {
    return Promise.resolve().then(() => new Map(this.#group(topic, group).committed));
  }

  async committedFor(group: string, topic: string): Promise<ReadonlyMap<number, string>> {
    const { id } = this.#topic(topic);
    return new Map([...(await this.committed(group, topic)).keys()].map((partition) => [partition, id]));
  }

  topicId(topic: string): Promise<string | null> {
    return Promise.resolve().then(() => this.#topic(topic).id);
  }

  async consume(settings: ConsumerSettings, handler: ConsumerHandler): Promise<Consumer> {
    await Promise.resolve();
    const topic = this.#topic(settings.topic);
    topic.readByGroups = true;
    const consumer = new MemoryConsumer(settings, handler, topic, this.#group(settings.topic, settings.group));
    this.#consumers.add(consumer);
    consumer.done.catch(() => undefined).finally(() => this.#consumers.delete(consumer));
    return consumer;
  }

  async follow(
    name: string,
    onRecord: (record: LogRecord) => void | Promise<void>,
    from: ReadonlyMap<number, number> = new Map(),
  ): Promise<Follower> {
    await Promise.resolve();
    const topic = this.#topic(name);
    const positions = Array.from({ length: topic.partitions }, (_, partition) => {
      const wanted = from.get(partition) ?? 0;
      return wanted > topic.end(partition) ? 0 : wanted;
    });
    let reading: Promise<void> = Promise.resolve();
    const readOn = (): Promise<void> => (reading = reading.then(read));
    const read = async (): Promise<void> => {
      for (let partition = 0; partition < topic.partitions; partition++) {
        for (const record of topic.read(partition, positions[partition], Infinity)) {
          await onRecord(record);
          positions[partition] = record.offset + 1;
        }
      }
    };
    await readOn();
    let stop: () => void = () => undefined;
    let stopped = false;
    const stopping = new Promise<void>((resolve) => (stop = resolve));
    const loop = (async () => {
      while (!stopped) {
        const changed = topic.changed;
        await readOn();
        await Promise.race([changed, stopping]);
      }
    })();
    // Whoever waits for `done` sees the rejection; nobody having to is no crash.
    loop.catch(() => undefined);
    const follower: Follower = {
      outsideFor: 0,
      done: loop,
      catchUp: readOn,
      stop: async () => {
        stopped = true;
        stop();
        this.#followers.delete(follower);
        await loop.catch(() => undefined);
      },
    };
    this.#followers.add(follower);
    return follower;
  }

  producer(): Promise<Producer> {
    return Promise.resolve({
      send: async (records) => {
        for (const name of new Set(records.map(({ topic }) => topic))) await this.#waitForReaders(name);
        this.#append(records);
      },
      close: () => Promise.resolve(),
    });
  }

  transactionalProducer(transactionalId: string): Promise<TransactionalProducer> {
    const epoch = (this.#epochs.get(transactionalId) ?? 0) + 1;
    this.#epochs.set(transactionalId, epoch);
    return Promise.resolve({
      commit: (content) =>
        Promise.resolve().then(() => {
          if (this.#epochs.get(transactionalId) !== epoch) {
            throw new TransportError('fenced', `Another producer has taken over ${transactionalId}`);
          }
          this.#commit(content);
        }),
      close: () => Promise.resolve(),
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.stop()));
    await Promise.all([...this.#followers].map((follower) => follower.stop()));
  }

  /** How many records of a topic a group has yet to consume. */
  lag(topicName: string, groupName: string): number {
    const topic = this.#topic(topicName);
    const { committed } = this.#group(topicName, groupName);
    let lag = 0;
    for (let partition = 0; partition < topic.partitions; partition++) {
      lag += topic.end(partition) - (committed.get(partition) ?? 0);
    }
    return lag;
  }

  #commit({ records, consumed }: TransactionContent): void {
    this.#append(records);
    if (consumed === undefined) return;
    const { committed } = this.#group(consumed.topic, consumed.group);
    for (const [partition, offset] of consumed.offsets) {
      committed.set(partition, offset);
      const groups = [...(this.#groups.get(consumed.topic)?.values() ?? [])];
      const slowest = Math.min(...groups.map((group) => group.committed.get(partition) ?? 0));
      this.#topic(consumed.topic).trim(partition, slowest);
    }
  }

  /** All or nothing: an unknown topic is found out before anything is appended. */
  #append(records: readonly OutRecord[]): void {
    const topics = records.map(({ topic }) => this.#topic(topic));
    const timestamp = this.now();
    records.forEach((record, index) => topics[index].append(record, timestamp));
  }

  async #waitForReaders(topic: string): Promise<void> {
    while ([...(this.#groups.get(topic)?.keys() ?? [])].some((group) => this.lag(topic, group) > MOST_BEHIND)) {
      if (this.#consumers.size === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #topic(name: string): MemoryTopic {
    const topic = this.#topics.get(name);
    if (topic === undefined)
      throw new TransportError('unknown-topic', `There is no topic ${name}: ensureTopics makes it`);
    return topic;
  }

  #group(topic: string, name: string): MemoryGroup {
    let groups = this.#groups.get(topic);
    if (groups === undefined) this.#groups.set(topic, (groups = new Map<string, MemoryGroup>()));
    let group = groups.get(name);
    if (group === undefined) groups.set(name, (group = new MemoryGroup(this.#topic(topic).partitions)));
    return group;
  }
}
