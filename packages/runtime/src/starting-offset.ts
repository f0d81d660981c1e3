import type { Displacement, PartitionRange } from '@tidemark/transport';

/** Where a state says that reading goes on. */
export interface SavedPosition {
  /** The offset to read from: that of the oldest record that is needed again. */
  readonly readFrom: number;
  /** The offset after the last record that the state has accounted for; not before `readFrom`. */
  readonly position: number;
}

/** A position that is not in the log: records have expired before they were read, or the log was made anew, cut, or is another cluster's. */
export interface OffsetOutOfRange extends Displacement {
  readonly service: string;
  readonly topic: string;
  /** Where reading goes on instead. */
  readonly continuedAt: number;
}

export interface StartingOffset {
  readonly offset: number;
  /** Where the saved position is not one of this log: from where on all records are new. Null where it is. */
  readonly newFrom: number | null;
}

/**
 * Where to begin with a partition.
 *
 * - A position within the log holds.
 * - One beyond its end is another log's. Reading begins anew: at the group's committed offset where that is within the log and was
 *   put there for it (it is not the saved one), as when a topic is mirrored to another cluster together with its groups; else at
 *   the beginning. Nothing is passed over, so a log that lost only its tail is read again as a whole.
 * - One before its beginning: records have expired. Reading goes on at the first that is left, and those of them that had been read
 *   before stay so.
 *
 * @param committed the group's committed offset; null where there is none.
 */
export function startingOffset(
  { readFrom, position }: SavedPosition,
  committed: number | null,
  { begin, end }: PartitionRange,
): StartingOffset {
  if (position > end || readFrom > end) {
    const isForThisLog = committed !== null && committed !== readFrom && committed >= begin && committed <= end;
    const offset = isForThisLog ? committed : begin;
    return { offset, newFrom: offset };
  }
  if (readFrom < begin) return { offset: begin, newFrom: Math.max(begin, position) };
  return { offset: readFrom, newFrom: null };
}
