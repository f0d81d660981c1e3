import { inflateGzip } from './gzip.js';
import { inflateLz4 } from './lz4.js';
import { inflateSnappy } from './snappy.js';
import { inflateZstd } from './zstd.js';
import { NOTHING, type Inflate, type Inflated } from './inflated.js';

interface Codec {
  readonly name: string;
  readonly inflate: Inflate;
}

/** Kafka's codecs by their number in a batch's attributes; 0 is none. */
const CODECS: Readonly<Record<number, Codec>> = {
  1: { name: 'gzip', inflate: inflateGzip },
  2: { name: 'snappy', inflate: inflateSnappy },
  3: { name: 'lz4', inflate: inflateLz4 },
  4: { name: 'zstd', inflate: inflateZstd },
};

/** Inflates the records of a batch. @param codec its number. The fault is a whole phrase here, as in "in a gzip batch of 300 bytes that …". */
export async function inflateBatch(codec: number, compressed: Buffer, most: number): Promise<Inflated> {
  if (codec === 0) return { bytes: compressed, fault: null };
  if (!(codec in CODECS)) {
    return {
      bytes: NOTHING,
      fault: `in a batch of ${compressed.length} bytes whose codec has the unknown number ${codec}`,
    };
  }
  const { name, inflate } = CODECS[codec];
  const { bytes, fault } = await inflate(compressed, most);
  return { bytes, fault: fault === null ? null : `in a ${name} batch of ${compressed.length} bytes that ${fault}` };
}
