import type { Batch } from 'kafkajs';
import type { LogRecord } from '../port.js';
import { isBeyond } from './codecs/inflated.js';
import type { FetchedMessage } from './fetching/fetched-message.js';

function refusalOf(refused: string): Pick<LogRecord, 'refused' | 'refusedAs'> {
  return { refused, refusedAs: isBeyond(refused) ? 'too-large' : 'damaged' };
}

/** The records of a fetched batch from an offset on; control records and aborted transactions are not among them. */
export function recordsFrom({ topic, partition, messages }: Batch, position: number): LogRecord[] {
  const records: LogRecord[] = [];
  // The client passes on what we have read.
  for (const message of messages as unknown as readonly FetchedMessage[]) {
    const offset = Number(message.offset);
    if (offset < position) continue;
    const { key, value, timestamp, headers, refused } = message;
    records.push({
      topic,
      partition,
      offset,
      key,
      value,
      timestamp,
      headers,
      ...(refused === undefined ? {} : refusalOf(refused)),
    });
  }
  return records;
}
