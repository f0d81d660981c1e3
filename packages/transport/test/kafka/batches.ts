import { gzipSync } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import lz4 from 'lz4-napi';
import snappy from 'snappy';

/** Batches as brokers send them, made by hand; the codecs by their numbers. */
export const NONE = 0;
export const GZIP = 1;
export const SNAPPY = 2;
export const LZ4 = 3;
export const ZSTD = 4;

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** A record without attributes. @param headers their names; each has an empty value. */
export function recordOf(
  offsetDelta: number,
  value: Buffer | number,
  key: Buffer | null = null,
  headers: readonly string[] = [],
): Buffer {
  const bytes = typeof value === 'number' ? Buffer.alloc(value) : value;
  const body = Buffer.concat([
    Buffer.of(0),
    varint(offsetDelta * 10),
    varint(offsetDelta),
    key === null ? varint(-1) : Buffer.concat([varint(key.length), key]),
    varint(bytes.length),
    bytes,
    varint(headers.length),
    ...headers.flatMap((name) => [varint(name.length), Buffer.from(name), varint(0)]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

export interface BatchOptions {
  readonly first?: number;
  readonly attributes?: number;
  readonly lastDelta?: number;
  readonly producerId?: number;
}

/** @param records compressed already, with the codec that the attributes name. */
export function batchOf(records: Buffer, count: number, options: BatchOptions = {}): Buffer {
  const batch = Buffer.alloc(61 + records.length);
  batch.writeBigInt64BE(BigInt(options.first ?? 40), 0);
  batch.writeInt32BE(49 + records.length, 8);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(options.attributes ?? NONE, 21);
  batch.writeInt32BE(options.lastDelta ?? count - 1, 23);
  batch.writeBigInt64BE(1_700_000_000_000n, 27);
  batch.writeBigInt64BE(1_700_000_009_999n, 35);
  batch.writeBigInt64BE(BigInt(options.producerId ?? -1), 43);
  batch.writeInt32BE(count, 57);
  records.copy(batch, 61);
  return signed(batch);
}

/** Gives a batch the checksum that it should have. */
export function signed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

export function xerial(bytes: Buffer, blockBytes = 32 << 10): Buffer {
  const parts: Buffer[] = [Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const block = snappy.compressSync(bytes.subarray(at, at + blockBytes));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/** A frame of blocks that are stored as they are, without its size and with a window of 8 MiB. */
export function zstdStored(bytes: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([...ZSTD_MAGIC, 0x00, 13 << 3])];
  for (let at = 0; at === 0 || at < bytes.length; at += 128 << 10) {
    const block = bytes.subarray(at, at + (128 << 10));
    parts.push(zstdBlock(0, block.length, at + block.length >= bytes.length), block);
  }
  return Buffer.concat(parts);
}

/** Bytes as they are, and behind them zeros: four bytes of frame for each 128 KiB of them. */
export function zstdBomb(beginning: Buffer, zeros: number): Buffer {
  const parts: Buffer[] = [
    Buffer.from([...ZSTD_MAGIC, 0x00, 13 << 3]),
    zstdBlock(0, beginning.length, false),
    beginning,
  ];
  for (let left = zeros; left > 0; left -= 128 << 10) {
    const size = Math.min(left, 128 << 10);
    parts.push(zstdBlock(1, size, left <= 128 << 10), Buffer.of(0));
  }
  return Buffer.concat(parts);
}

/** A frame that states a size of its content, and holds one stored block. */
export function zstdStating(size: bigint, bytes: Buffer): Buffer {
  const stated = Buffer.alloc(8);
  stated.writeBigUInt64LE(size);
  return Buffer.concat([Buffer.from([...ZSTD_MAGIC, 0xe0]), stated, zstdBlock(0, bytes.length, true), bytes]);
}

function zstdBlock(type: number, size: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (type << 1) | (isLast ? 1 : 0), 0, 3);
  return header;
}

/** Every way in which clients compress, by a name for tests. */
export const WAYS: readonly (readonly [string, number, (bytes: Buffer) => Buffer])[] = [
  ['none', NONE, (bytes) => bytes],
  ['gzip', GZIP, (bytes) => gzipSync(bytes)],
  ['snappy, as librdkafka', SNAPPY, (bytes) => snappy.compressSync(bytes)],
  ['snappy, as Java', SNAPPY, (bytes) => xerial(bytes)],
  ['lz4', LZ4, (bytes) => lz4.compressFrameSync(bytes)],
  ['lz4 with checksums', LZ4, (bytes) => lz4.compressFrameSync(bytes, { contentChecksum: true, blockChecksums: true })],
  ['zstd', ZSTD, zstdStored],
];

/** A message of the formats before Kafka 0.11. @param attributes with the codec of the value */
export function oldMessage(magic: 0 | 1, offset: number, value: Buffer, attributes = 0): Buffer {
  const time = Buffer.alloc(magic === 0 ? 0 : 8);
  if (magic === 1) time.writeBigInt64BE(1_600_000_000_000n);
  const length = Buffer.alloc(4);
  length.writeInt32BE(value.length);
  const body = Buffer.concat([
    Buffer.of(0, 0, 0, 0, magic, attributes),
    time,
    Buffer.of(255, 255, 255, 255),
    length,
    value,
  ]);
  const header = Buffer.alloc(12);
  header.writeBigInt64BE(BigInt(offset));
  header.writeInt32BE(body.length, 8);
  return Buffer.concat([header, body]);
}
