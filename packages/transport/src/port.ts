/** A record as it was read. Offsets are safe integers: at a million records a second they last 285 years. */
export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Milliseconds since the epoch: the producer's clock. */
  readonly timestamp: number;
  /** By name; of a name given more than once, the last value. */
  readonly headers: Readonly<Record<string, Buffer>>;
  /** Why the transport could not read the record, which then has no key and a value of no bytes: its batch is damaged, or inflates beyond all measure. */
  readonly refused?: string;
  /** Which of the two it is, where it is refused. */
  readonly refusedAs?: 'damaged' | 'too-large';
}

/** A record to be written. Without a partition the key decides, by Kafka's murmur2; equal keys go to equal partitions on every adapter. */
export interface OutRecord {
  readonly topic: string;
  readonly partition?: number;
  readonly key: string | Buffer | null;
  /** Null deletes the key from a compacted topic. */
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
}

export interface TopicSettings {
  readonly topic: string;
  readonly partitions: number;
  /** Only the newest record of each key is kept. */
  readonly compacted?: boolean;
  /** Milliseconds that records are kept; the cluster's default where absent. */
  readonly retention?: number;
  readonly maxMessageBytes?: number;
}

/** A setting of a topic that exists, where it is not the one asked for. */
export interface TopicDifference {
  readonly topic: string;
  readonly setting: 'partitions' | 'compacted' | 'retention' | 'maxMessageBytes';
  readonly wanted: number | boolean;
  /** Null where the topic has no such limit. */
  readonly found: number | boolean | null;
}

/** The records that a partition holds: from the offset `begin` on, and before the offset `end`. Equal where it holds none. */
export interface PartitionRange {
  readonly begin: number;
  readonly end: number;
}

/**
 * A position that is not in the log: below `begin`, where its records have expired or were deleted; above `end`, where the topic was
 * made anew, truncated, or is another cluster's copy; between them, where it was made anew and has grown past it.
 */
export interface Displacement extends PartitionRange {
  readonly partition: number;
  /** The offset that was to be read next. */
  readonly position: number;
}

/** What a consumer's owner does as partitions come and go. Calls never overlap, whatever partitions they concern. */
export interface ConsumerHandler {
  /**
   * Partitions are ours from now on. Gives the offset to read each from; null: the group's committed one, or the beginning.
   * The place to fence a former owner before committed offsets are read.
   */
  assigned(partitions: readonly number[]): Promise<ReadonlyMap<number, number | null>>;
  /**
   * The position of a partition, given by `assigned`, committed, or come to by reading, is not in the log. Reading goes on from the log's
   * first record, whether there is a handler for this or not. Called before the first records that are read from there.
   */
  displaced?(displacement: Displacement): Promise<void>;
  /** Records of one partition in their order, none after `revoked`; but for `displaced`, none below the offset that `assigned` gave. */
  records(partition: number, records: readonly LogRecord[]): Promise<void>;
  /**
   * Partitions are about to be another's: the last moment to write what was read of them. An error `fenced` from here is taken for
   * what it says, that the new owner has them already and reads those records again; any other stops the consumer.
   * Not called after a handler has failed.
   */
  revoked(partitions: readonly number[]): Promise<void>;
  /** Called between records, at least about every `tickInterval`, whether records come or not. */
  tick(): Promise<void>;
}

export interface ConsumerSettings {
  readonly topic: string;
  readonly group: string;
  /** Milliseconds. */
  readonly tickInterval: number;
}

export interface Consumer {
  /** Settles when the consumer has stopped; rejects with what stopped it, be it a handler's error. */
  readonly done: Promise<void>;
  /** The offset that reading a partition has come to; undefined where the partition is not ours (yet). */
  position(partition: number): number | undefined;
  /** Revokes what is assigned, leaves the group and stops. */
  stop(): Promise<void>;
}

/** A groupless reader of a whole topic. */
export interface Follower {
  /** Resolves when every record that is committed at the time of the call has been given. */
  catchUp(): Promise<void>;
  /** Settles when it has stopped; rejects with what stopped it, be it an error of `onRecord`. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

/** What a transaction writes: all of it or nothing. */
export interface TransactionContent {
  readonly records: readonly OutRecord[];
  /** Offsets consumed: the next record that the group is to read of each partition. */
  readonly consumed?: { readonly group: string; readonly topic: string; readonly offsets: ReadonlyMap<number, number> };
}

/** A producer bound to a transactional id. Opening another with the same id fences this one and ends its open transaction. */
export interface TransactionalProducer {
  /**
   * Resolves when the transaction is committed. Where an answer is lost, the offsets consumed tell whether it was; content
   * without them may then be written twice.
   * @throws TransportError `fenced` when another producer has the id; after one that is retriable the very same content may be given again.
   */
  commit(content: TransactionContent): Promise<void>;
  close(): Promise<void>;
}

export interface Producer {
  /** Resolves when all in-sync replicas have the records. */
  send(records: readonly OutRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** The log that services read and write: Kafka, or one within the process. Readers see committed records only. */
export interface Log {
  /** Makes topics that do not exist; leaves those that do as they are, and returns where they are not as asked. */
  ensureTopics(topics: readonly TopicSettings[]): Promise<readonly TopicDifference[]>;
  partitionsOf(topic: string): Promise<number>;
  /** The offset after the last record of each partition, of open transactions too. Asked once: fails as soon as the log does. */
  ends(topic: string): Promise<ReadonlyMap<number, number>>;
  /** What each partition holds. Asked once: fails as soon as the log does. */
  ranges(topic: string): Promise<ReadonlyMap<number, PartitionRange>>;
  /**
   * The offsets that a group has committed, by partition; partitions without one are left out. A transaction's may appear some
   * milliseconds after its commit; all of a transactional id's former ones have once another producer has been opened with it.
   */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
  /**
   * Of which topics the committed offsets are, by the topic's id: an offset of a topic that was deleted, or of another cluster's, says nothing
   * of the one that has its name now. Left out where nobody knows, as where somebody has moved the offset since it was committed.
   */
  committedFor(group: string, topic: string): Promise<ReadonlyMap<number, string>>;
  /** What a topic that is made anew under the same name, or in another cluster, has anew; null where the log gives its topics no ids. */
  topicId(topic: string): Promise<string | null>;
  consume(settings: ConsumerSettings, handler: ConsumerHandler): Promise<Consumer>;
  /**
   * Gives every record of a topic, first those that are there; resolves once those have been given, and goes on with new ones.
   * @param from the offsets to begin with, by partition; where a partition has none, or the log does not hold it, its first record.
   */
  follow(
    topic: string,
    onRecord: (record: LogRecord) => void | Promise<void>,
    from?: ReadonlyMap<number, number>,
  ): Promise<Follower>;
  producer(): Promise<Producer>;
  transactionalProducer(transactionalId: string): Promise<TransactionalProducer>;
  close(): Promise<void>;
}
