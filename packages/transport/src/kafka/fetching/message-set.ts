import { inflateBatch } from '../codecs/inflate.js';
import { ByteReader } from './byte-reader.js';
import { NO_HEADERS, refusals, type FetchedMessage } from './fetched-message.js';
import { MOST_BATCH_BYTES, type ReadBudget } from './read-budget.js';

const CODEC = 0x07;
/** Bytes of a message's offset and length, which lie before it. */
export const ENTRY_HEADER = 12;

interface Entry {
  readonly offset: number;
  readonly attributes: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/**
 * The records of one message of the formats before Kafka 0.11, which may hold others, compressed, as its value.
 * @param entry with its offset and length. @param magic 0, or 1, whose messages have a time and count inner offsets from 0
 */
export async function messagesOf(
  entry: Buffer,
  magic: number,
  from: number,
  budget: ReadBudget,
): Promise<FetchedMessage[]> {
  let outer: Entry;
  try {
    outer = entryAfter(new ByteReader(entry), magic);
  } catch (error) {
    const at = new ByteReader(entry).int64();
    return [...refusals(1, at, from, `in a message that is damaged (${String(error)})`)];
  }
  if ((outer.attributes & CODEC) === 0) {
    await budget.spend(entry.length, 1);
    return outer.offset < from ? [] : [messageOf(outer, outer.offset)];
  }
  const { bytes, fault } = await inflateBatch(
    outer.attributes & CODEC,
    outer.value ?? Buffer.alloc(0),
    MOST_BATCH_BYTES,
  );
  const inner: Entry[] = [];
  let damage = fault;
  const reader = new ByteReader(bytes);
  while (damage === null && reader.rest > 0) {
    try {
      inner.push(entryAfter(reader, magic));
    } catch (error) {
      damage = `in a message that is damaged (${String(error)})`;
    }
  }
  // How many there are is known only from the last of them: where that cannot be read, the outer one, whose offset is the last, stands for all.
  if (damage !== null || inner.length === 0) {
    return [...refusals(1, outer.offset, from, damage ?? 'in a message that holds none')];
  }
  const base = magic === 0 ? 0 : outer.offset - inner[inner.length - 1].offset;
  const messages = inner.filter(({ offset }) => base + offset >= from);
  const some = messages.slice(0, Math.max(1, budget.records));
  await budget.spend(bytes.length, some.length);
  return some.map((each) => messageOf(each, base + each.offset));
}

function entryAfter(reader: ByteReader, magic: number): Entry {
  const offset = reader.int64();
  const message = new ByteReader(reader.take(reader.int32()));
  // The checksum and the format.
  message.take(4 + 1);
  const attributes = message.int8();
  const timestamp = magic === 0 ? 0 : message.int64();
  const key = message.nullable(message.int32());
  return { offset, attributes, timestamp, key, value: message.nullable(message.int32()) };
}

function messageOf({ timestamp, key, value }: Entry, offset: number): FetchedMessage {
  return { offset: String(offset), timestamp, key, value, headers: NO_HEADERS, isControlRecord: false };
}
