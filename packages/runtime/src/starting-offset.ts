import type { Displacement, PartitionRange } from '@tidemark/transport';

/** Where a state says that reading goes on. */
export interface SavedPosition {
  /** The offset to read from: that of the oldest record that is needed again. */
  readonly readFrom: number;
  /** The offset after the last record that the state has accounted for; not before `readFrom`. */
  readonly position: number;
  /** The id of the topic that those are offsets of; null or absent where nobody noted it. */
  readonly topicId?: string | null;
}

/** The log as it is now. */
export interface PresentLog extends PartitionRange {
  readonly topicId: string | null;
  /** The group's committed offset; null where there is none. */
  readonly committed: number | null;
  /** The id of the topic that it was committed for; null where nothing says so, as where somebody has put it there. */
  readonly committedFor: string | null;
}

/** A position that is not in the log: records have expired before they were read, or the log was made anew, cut, or is another cluster's. */
export interface OffsetOutOfRange extends Displacement {
  readonly service: string;
  readonly topic: string;
  /** Where reading goes on instead. */
  readonly continuedAt: number;
  /** The position could be one of this log, but is of a topic with another id. */
  readonly isOfAnotherTopic?: true;
}

export interface StartingOffset {
  readonly offset: number;
  /** Where the saved position is not one of this log: from where on all records are new. Null where it is. */
  readonly newFrom: number | null;
}

/**
 * Where to begin with a partition.
 *
 * - A position within the log holds, where the topic is still the same.
 * - One beyond its end, or of a topic with another id, is another log's. Reading begins anew: at the group's committed offset where that is within the log and was
 *   put there for it (it is not the saved one), as when a topic is mirrored to another cluster together with its groups; else at
 *   the beginning. Nothing is passed over, so a log that lost only its tail is read again as a whole.
 * - One before its beginning: records have expired. Reading goes on at the first that is left, and those of them that had been read
 *   before stay so.
 */
export function startingOffset(
  saved: SavedPosition,
  { begin, end, committed, committedFor, topicId }: PresentLog,
): StartingOffset {
  const { readFrom, position } = saved;
  const isOfAnother = isOfAnotherTopic(saved, topicId);
  if (isOfAnother || position > end || readFrom > end) {
    const isMoved = isOfAnother ? committedFor !== saved.topicId : committed !== readFrom;
    const isForThisLog = committed !== null && isMoved && committed >= begin && committed <= end;
    const offset = isForThisLog ? committed : begin;
    return { offset, newFrom: offset };
  }
  if (readFrom < begin) return { offset: begin, newFrom: Math.max(begin, position) };
  return { offset: readFrom, newFrom: null };
}

/** Whether a position is known to be of a topic with another id. */
export function isOfAnotherTopic({ topicId = null }: SavedPosition, present: string | null): boolean {
  return topicId !== null && present !== null && topicId !== present;
}
