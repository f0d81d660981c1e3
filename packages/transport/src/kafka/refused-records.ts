import { randomUUID } from 'node:crypto';

/** Named anew in every process: no producer can give its records this header. */
export const REFUSED_HEADER = `tidemark-refused-${randomUUID()}`;

/** Bytes from the beginning of a batch to its records, and from the length that it states to there. */
const HEADER_BYTES = 61;
const AFTER_LENGTH = 49;
const MAGIC = 2;

/** What a batch states of its records ahead of them. */
export interface BatchHeader {
  readonly records: number;
  readonly lastOffsetDelta: number;
}

/**
 * The header of the batch whose compressed records these bytes are, which lies before them in the broker's answer. The client gives a
 * codec the records alone. Null where there is no batch of today's format there.
 */
export function headerBefore(compressed: Buffer): BatchHeader | null {
  const { buffer, byteOffset, length } = compressed;
  if (byteOffset < HEADER_BYTES) return null;
  const header = new DataView(buffer, byteOffset - HEADER_BYTES, HEADER_BYTES);
  if (header.getInt8(16) !== MAGIC || header.getInt32(8) !== AFTER_LENGTH + length) return null;
  return { records: header.getInt32(57), lastOffsetDelta: header.getInt32(23) };
}

/**
 * As many whole records as the beginning of a batch holds, and after them a record without key and value for each that the batch states
 * besides, marked with the reason: reading goes on after the batch, and each record is accounted for.
 */
export function refuseRest(beginning: Buffer, { records, lastOffsetDelta }: BatchHeader, reason: string): Buffer {
  let kept = 0;
  let end = 0;
  while (kept < records) {
    const next = endOfRecord(beginning, end);
    if (next === null) break;
    end = next;
    kept++;
  }
  const parts = [beginning.subarray(0, end)];
  // Offsets are contiguous as a producer writes them; counted from the last one they end where the batch does in any case.
  for (let i = kept; i < records; i++) parts.push(refusedRecord(lastOffsetDelta - (records - 1 - i), reason));
  return Buffer.concat(parts);
}

function endOfRecord(bytes: Buffer, start: number): number | null {
  let length = 0;
  for (let at = start, shift = 0; at < bytes.length && shift < 32; at++, shift += 7) {
    length |= (bytes[at] & 0x7f) << shift;
    if (bytes[at] >= 0x80) continue;
    const size = (length >>> 1) ^ -(length & 1);
    const end = at + 1 + size;
    return size > 0 && end <= bytes.length ? end : null;
  }
  return null;
}

function refusedRecord(offsetDelta: number, reason: string): Buffer {
  const name = Buffer.from(REFUSED_HEADER);
  const text = Buffer.from(reason);
  const body = Buffer.concat([
    // No attributes, the batch's first timestamp.
    Buffer.of(0, 0),
    varint(offsetDelta),
    // No key, a value of no bytes (none at all would delete a key from a compacted topic), one header.
    ...[varint(-1), varint(0), varint(1)],
    ...[varint(name.length), name, varint(text.length), text],
  ]);
  return Buffer.concat([varint(body.length), body]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}
