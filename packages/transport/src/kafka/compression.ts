import { promisify } from 'node:util';
import { createGunzip, gzip, unzip } from 'node:zlib';
import kafkajs from 'kafkajs';
import { headerBefore, refuseRest } from './refused-records.js';

// Not among the names that Node finds in the client's CommonJS.
const { CompressionCodecs, CompressionTypes } = kafkajs;

/** Bytes that one batch may inflate to. */
export const MOST_BATCH_BYTES = 64 << 20;
/** Bytes that all batches of one answer of a broker may inflate to: the client holds them all at once. */
export const MOST_ANSWER_BYTES = 512 << 20;
/** The client passes a batch's records on as the arguments of one call; somewhat more than these overflow the stack. */
export const MOST_BATCH_RECORDS = 100_000;

const packed = promisify(gzip);
const inflated = promisify<Buffer, { maxOutputLength: number }, Buffer>(unzip);
/** What the batches of each answer may still take, by the memory that the answer lies in. */
const left = new WeakMap<ArrayBufferLike, number>();

/**
 * The codec for gzip. A batch is inflated up to a limit: of one that goes beyond, the records that lie before the limit are read, and
 * each of the others comes as a refused record. The client's own codec inflates whatever it is given, a thousandfold if need be.
 */
export const BOUNDED_GZIP = {
  compress: ({ buffer }: { readonly buffer: Buffer }): Promise<Buffer> => packed(buffer),

  async decompress(compressed: Buffer): Promise<Buffer> {
    const header = headerBefore(compressed);
    if (header !== null && (header.records < 0 || header.records > MOST_BATCH_RECORDS)) {
      throw new UnreadableBatch(
        `A batch states that it holds ${header.records} records; ${MOST_BATCH_RECORDS} are read at most. ` +
          'Producers must write smaller batches, and the group that reads the topic must be moved past this one.',
      );
    }
    const answer = left.get(compressed.buffer) ?? MOST_ANSWER_BYTES;
    const most = Math.min(MOST_BATCH_BYTES, answer);
    let bytes: Buffer;
    try {
      bytes = await inflated(compressed, { maxOutputLength: most });
    } catch (error) {
      const reason = reasonOf(error, compressed.length, most);
      if (header === null) throw new UnreadableBatch(`${reason[0].toUpperCase()}${reason.slice(1)}.`);
      bytes = refuseRest(await beginningOf(compressed, most), header, reason);
    }
    left.set(compressed.buffer, Math.max(0, answer - bytes.length));
    return bytes;
  },
};

function reasonOf(error: unknown, size: number, most: number): string {
  const { code } = error as { code?: string };
  return code === 'ERR_BUFFER_TOO_LARGE'
    ? `in a gzip batch of ${size} bytes that inflates to more than ${most}`
    : `in a gzip batch of ${size} bytes that is damaged (${code ?? String(error)})`;
}

/** What of a batch lies before the limit, or before where it is damaged. */
async function beginningOf(compressed: Buffer, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const stream = createGunzip({ chunkSize: 1 << 20 });
  stream.end(compressed);
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= most) break;
    }
  } catch {
    // What came before the damage is sound.
  }
  return Buffer.concat(chunks).subarray(0, most);
}

/** A batch that stops its reader: the client takes this name, and no other, for something that no repetition mends. */
export class UnreadableBatch extends Error {
  override readonly name = 'KafkaJSNotImplemented';
}

/** Tells the client how batches are inflated, for the whole process. */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.GZIP] = () => BOUNDED_GZIP;
  for (const name of ['Snappy', 'LZ4', 'ZSTD'] as const) {
    CompressionCodecs[CompressionTypes[name]] = () => {
      throw new UnreadableBatch(
        `A batch is compressed with ${name.toLowerCase()}, which is not read here: producers must use gzip or none. ` +
          "A topic whose compression.type is 'gzip' or 'uncompressed' makes the brokers see to it for what is written from then on.",
      );
    };
  }
}
