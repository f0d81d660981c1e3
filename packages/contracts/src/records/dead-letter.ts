import { soundTimestamp } from '../events/event-time.js';
import { bufferOf } from '../registry/wire-format.js';
import type { DeadLetterReason, FaultyRecord } from './record-fault.js';

/** A record that could not be read, as it came, with the reason. */
export interface DeadLetter {
  readonly topic: string;
  readonly partition: number;
  /** The record's offset, as a decimal string. */
  readonly offset: string;
  /** The record's own timestamp, milliseconds since the epoch; 0 where it has none. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** How many bytes the value had; more than are in `value` where it was cut. */
  readonly valueBytes: number;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  /** Milliseconds since the epoch. */
  readonly rejectedAt: number;
  /** The service that turned it away. */
  readonly rejectedBy: string;
}

/** Where a record was read. */
export interface RecordOrigin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

/**
 * The dead letter of a faulty record.
 * @param maxValueBytes cuts the value to what the dead letters' topic takes; the whole value unless stated.
 */
export function deadLetterOf(
  record: RecordOrigin,
  fault: FaultyRecord,
  rejectedBy: string,
  rejectedAt: number,
  maxValueBytes = Infinity,
): DeadLetter {
  const { topic, partition, offset, key, value } = record;
  return {
    topic,
    partition,
    offset,
    timestamp: soundTimestamp(record.timestamp),
    key,
    value: value !== null && value.length > maxValueBytes ? value.subarray(0, maxValueBytes) : value,
    valueBytes: value?.length ?? 0,
    reason: fault.reason,
    detail: fault.detail,
    rejectedAt,
    rejectedBy,
  };
}

interface AvroDeadLetter {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly value_bytes: number;
  readonly reason: string;
  readonly detail: string;
  readonly rejected_at: number;
  readonly rejected_by: string;
}

export function deadLetterToAvro(letter: DeadLetter): AvroDeadLetter {
  const { topic, partition, timestamp, reason, detail } = letter;
  return {
    ...{ topic, partition, timestamp, reason, detail },
    offset: Number(letter.offset),
    key: letter.key === null ? null : bufferOf(letter.key),
    value: letter.value === null ? null : bufferOf(letter.value),
    value_bytes: letter.valueBytes,
    rejected_at: letter.rejectedAt,
    rejected_by: letter.rejectedBy,
  };
}

export function deadLetterFromAvro(record: unknown): DeadLetter {
  const letter = record as AvroDeadLetter;
  const { topic, partition, timestamp, key, value, detail } = letter;
  return {
    ...{ topic, partition, timestamp, key, value, detail },
    offset: String(letter.offset),
    valueBytes: letter.value_bytes,
    reason: letter.reason as DeadLetterReason,
    rejectedAt: letter.rejected_at,
    rejectedBy: letter.rejected_by,
  };
}
