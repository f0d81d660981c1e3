import type { Batch, IHeaders } from 'kafkajs';
import type { LogRecord } from '../port.js';
import { REFUSED_HEADER } from './refused-records.js';

/** The records of a fetched batch from an offset on; control records and aborted transactions are not among them. */
export function recordsFrom({ topic, partition, messages }: Batch, position: number): LogRecord[] {
  const records: LogRecord[] = [];
  for (const { offset, key, value, timestamp, headers } of messages) {
    const at = Number(offset);
    if (at < position) continue;
    const refused = headers?.[REFUSED_HEADER];
    const common = { topic, partition, offset: at, key, value, timestamp: Number(timestamp) };
    if (refused === undefined) records.push({ ...common, headers: headersOf(headers) });
    else records.push({ ...common, headers: NO_HEADERS, refused: String(refused) });
  }
  return records;
}

const NO_HEADERS: LogRecord['headers'] = Object.freeze({});

function headersOf(headers: IHeaders | undefined): LogRecord['headers'] {
  // The client makes an object for every record; most of them are empty.
  if (headers === undefined) return NO_HEADERS;
  let found: Record<string, Buffer> | null = null;
  for (const name in headers) {
    const given = headers[name];
    const last = Array.isArray(given) ? given[given.length - 1] : given;
    if (last !== undefined) (found ??= {})[name] = typeof last === 'string' ? Buffer.from(last) : last;
  }
  return found ?? NO_HEADERS;
}
