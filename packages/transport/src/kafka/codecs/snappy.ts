import { uncompressSync } from 'snappy';
import { beyond, damaged, NOTHING, type Inflated } from './inflated.js';

/** What the Java client's batches begin with: xerial's stream of snappy blocks, each behind its length. librdkafka writes one bare block. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** The magic bytes, and two versions. */
const XERIAL_HEADER = 16;

export function inflateSnappy(compressed: Buffer, most: number): Inflated {
  if (compressed.subarray(0, XERIAL.length).equals(XERIAL)) return inflateBlocks(compressed, most);
  return inflateBlock(compressed, most);
}

function inflateBlocks(compressed: Buffer, most: number): Inflated {
  const blocks: Buffer[] = [];
  let size = 0;
  for (let at = XERIAL_HEADER; at < compressed.length;) {
    if (at + 4 > compressed.length)
      return { bytes: Buffer.concat(blocks), fault: damaged('a block without its length') };
    const length = compressed.readUInt32BE(at);
    at += 4;
    if (at + length > compressed.length) return { bytes: Buffer.concat(blocks), fault: damaged('a block is cut off') };
    const { bytes, fault } = inflateBlock(compressed.subarray(at, at + length), most - size);
    if (fault !== null) {
      return { bytes: Buffer.concat(blocks), fault: fault === beyond(most - size) ? beyond(most) : fault };
    }
    blocks.push(bytes);
    size += bytes.length;
    at += length;
  }
  return { bytes: Buffer.concat(blocks), fault: null };
}

/** A block states ahead what it inflates to, and the library takes that much memory: it is looked at first. */
function inflateBlock(block: Buffer, most: number): Inflated {
  const stated = statedSize(block);
  if (stated === null) return { bytes: NOTHING, fault: damaged('a block without its size') };
  if (stated > most) return { bytes: NOTHING, fault: beyond(most) };
  try {
    return { bytes: uncompressSync(block) as Buffer, fault: null };
  } catch (error) {
    return { bytes: NOTHING, fault: damaged(error) };
  }
}

function statedSize(block: Buffer): number | null {
  let size = 0;
  for (let at = 0; at < 5 && at < block.length; at++) {
    size += (block[at] & 0x7f) * 2 ** (7 * at);
    if (block[at] < 0x80) return size;
  }
  return null;
}
