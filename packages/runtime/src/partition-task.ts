import type { LogRecord, TransactionalProducer } from '@tidemark/transport';
import type { SavedPosition } from './starting-offset.js';

/**
 * What a service does with one partition of a topic: from its takeover, when whoever owned it before can no longer write, until it is
 * let go. Calls never overlap. An error from any of them ends the service; what one record's own data make go wrong is no such
 * error: the task turns the record away.
 */
export interface PartitionTask {
  /** Goes on from the state that a former owner left. @returns where reading goes on; null: at the group's committed offset. */
  restore?(): Promise<SavedPosition | null>;
  /**
   * Called after `restore`, and only where the restored position is not one of this log: it was made anew, truncated, or its records
   * have expired. From this offset on all records are new. What is known otherwise stays.
   * @param topicId of the topic as it is now.
   */
  continueFrom?(offset: number, topicId: string | null): void;
  /** Takes records in. @returns how many: fewer than given where a commit must come first. Never given none. */
  take(records: readonly LogRecord[]): Promise<number>;
  /** Whether `commit` is to be called: asked after records were taken, and on every tick. */
  readonly due: boolean;
  /** Writes what came of the records since the last commit, and in the end their offset. */
  commit(): Promise<void>;
  /** What is done from time to time besides, on ticks. */
  tick?(): Promise<void>;
  /** The last moment to write: the partition is let go. The producer is still open, and closed by the runtime afterwards. */
  close(): Promise<void>;
}

/** A topic that a service consumes as a member of a group, a task for each partition. A task that keeps positions of its own keeps the topic's id with them. */
export interface ConsumedTopic {
  readonly topic: string;
  readonly group: string;
  /** Milliseconds between ticks. */
  readonly tickInterval: number;
  /** Opens a partition's task: its former owner has been fenced, and every followed topic has been read to its end. */
  readonly open: (partition: number, producer: TransactionalProducer, topicId: string | null) => PartitionTask;
}
