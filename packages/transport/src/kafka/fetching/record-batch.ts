import { crc32c } from '@node-rs/crc32';
import { inflateBatch } from '../codecs/inflate.js';
import { ByteReader } from './byte-reader.js';
import { NO_HEADERS, passing, refusals, type FetchedMessage } from './fetched-message.js';
import { MOST_BATCH_BYTES, type ReadBudget } from './read-budget.js';

const CODEC = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
/** From the beginning of a batch to its attributes, which its checksum covers with all that follows. */
const CHECKED_FROM = 21;

/** What a batch states of itself. Offsets are those of its first and its last record. */
export interface BatchHeader {
  readonly first: number;
  readonly last: number;
  readonly attributes: number;
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly records: number;
}

/** Reads the header of a batch of today's format; the reader then stands before its records. */
export function headerOf(reader: ByteReader): BatchHeader {
  const first = reader.int64();
  // The length, the leader's epoch, the format, the checksum.
  reader.take(4 + 4 + 1 + 4);
  const attributes = reader.int16();
  const last = first + reader.int32();
  const [firstTimestamp, maxTimestamp, producerId] = [reader.int64(), reader.int64(), reader.int64()];
  // The producer's epoch, the sequence number.
  reader.take(2 + 4);
  return { first, last, attributes, firstTimestamp, maxTimestamp, producerId, records: reader.int32() };
}

export function isSound(batch: Buffer): boolean {
  return crc32c(batch.subarray(CHECKED_FROM)) === batch.readUInt32BE(CHECKED_FROM - 4);
}

export function isControl({ attributes }: BatchHeader): boolean {
  return (attributes & CONTROL) !== 0;
}

export function isTransactional({ attributes }: BatchHeader): boolean {
  return (attributes & TRANSACTIONAL) !== 0;
}

/** Whether a control batch ends a transaction whose records nobody is to see. */
export function isAbort(reader: ByteReader, header: BatchHeader): boolean {
  try {
    const { key } = recordAfter(reader, header);
    return key !== null && key.length >= 4 && key.readInt16BE(2) === 0;
  } catch {
    return false;
  }
}

/**
 * The records of a batch from an offset on. What cannot be read comes as records that are refused, so that each is accounted for and
 * reading goes on after the batch; a batch of more records than the budget has left is read in part.
 */
export async function recordsOf(
  reader: ByteReader,
  header: BatchHeader,
  from: number,
  budget: ReadBudget,
): Promise<FetchedMessage[]> {
  const messages: FetchedMessage[] = [];
  const compressed = reader.take(reader.rest);
  const { bytes, fault } = await inflateBatch(header.attributes & CODEC, compressed, MOST_BATCH_BYTES);
  const content = new ByteReader(bytes);
  const most = budget.records;
  let read = 0;
  let end = header.first - 1;
  let damage: string | null = null;
  // As producers write it; compaction leaves gaps.
  const isGapless = header.records === header.last - header.first + 1;
  while (read < header.records && messages.length < most) {
    // Behind the last whole record before the fault.
    if (fault !== null && content.rest === 0) break;
    try {
      const message = recordAfter(content, header);
      const offset = Number(message.offset);
      if (offset <= end || offset > header.last || (isGapless && offset !== end + 1))
        throw new RangeError(`an offset out of order`);
      end = offset;
      if (offset >= from) messages.push(message);
    } catch (error) {
      damage = `in a batch that is damaged (${error instanceof Error ? error.message : String(error)})`;
      break;
    }
    read++;
  }
  const isCut = messages.length >= most && read < header.records;
  if (!isCut) {
    const missing = Math.max(header.records - read, fault !== null || damage !== null ? 1 : 0);
    const count = Math.min(missing, header.last - end);
    if (count > 0)
      messages.push(...refusals(count, header.last, from, fault ?? damage ?? 'in a batch that is damaged'));
    // Compacted away: nothing is there, and the next request is to ask for what follows.
    else if (end < header.last) messages.push(passing(header.last));
  }
  await budget.spend(bytes.length, messages.length);
  return messages;
}

function recordAfter(reader: ByteReader, header: BatchHeader): FetchedMessage {
  const length = reader.varint();
  const end = reader.at + length;
  if (length <= 0 || end > reader.bytes.length) throw new RangeError('a record beyond the end');
  reader.int8();
  const delta = reader.varint();
  const timestamp = (header.attributes & LOG_APPEND_TIME) !== 0 ? header.maxTimestamp : header.firstTimestamp + delta;
  const offset = header.first + reader.varint();
  const key = reader.nullable(reader.varint());
  const value = reader.nullable(reader.varint());
  const headers = headersAfter(reader);
  if (reader.at !== end) throw new RangeError('a record of another length than it states');
  return { offset: String(offset), timestamp, key, value, headers, isControlRecord: false };
}

/** By name; of a name given more than once the last value. A header without a value is taken for absent. */
function headersAfter(reader: ByteReader): Readonly<Record<string, Buffer>> {
  const count = reader.varint();
  if (count === 0) return NO_HEADERS;
  if (count < 0) throw new RangeError('a negative number of headers');
  const found: [string, Buffer][] = [];
  for (let i = 0; i < count; i++) {
    const name = reader.take(reader.varint()).toString();
    const value = reader.nullable(reader.varint());
    if (value !== null) found.push([name, value]);
  }
  // Whatever the names are: this also takes `__proto__` for one.
  return Object.fromEntries(found);
}
