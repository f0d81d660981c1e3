import type { Batch } from 'kafkajs';
import type { LogRecord } from '../port.js';

/** The records of a fetched batch; control records and aborted transactions are not among them. */
export function recordsOf({ topic, partition, messages }: Batch): LogRecord[] {
  return messages.map(({ offset, key, value, timestamp }) => ({
    topic,
    partition,
    offset: Number(offset),
    key,
    value,
    timestamp: Number(timestamp),
  }));
}
