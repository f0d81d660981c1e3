import { uncompressSync } from 'lz4-napi';
import { beyond, damaged, type Inflated } from './inflated.js';

/** See https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md. */
const MAGIC = 0x184d2204;
const INDEPENDENT_BLOCKS = 0x20;
const BLOCK_CHECKSUMS = 0x10;
const CONTENT_SIZE = 0x08;
const DICTIONARY = 0x01;
const STORED = 0x80000000;
/** How far back a block may refer. */
const WINDOW = 64 << 10;

/**
 * Inflates a frame block by block, each into its own memory, of which the frame states how large it may be. Checksums are not looked at:
 * a batch has one of its own, and Kafka's old clients wrote wrong ones.
 */
export function inflateLz4(frame: Buffer, most: number): Inflated {
  const blocks: Buffer[] = [];
  const stopped = (fault: string | null): Inflated => ({ bytes: Buffer.concat(blocks), fault });
  if (frame.length < 7 || frame.readUInt32LE(0) !== MAGIC) return stopped(damaged('no frame'));
  const flags = frame[4];
  const largest = 1 << (8 + 2 * ((frame[5] >> 4) & 7));
  if ((flags & DICTIONARY) !== 0 || largest < 1 << 16) return stopped(damaged('an unknown kind of frame'));
  let at = 7 + ((flags & CONTENT_SIZE) !== 0 ? 8 : 0);
  let size = 0;
  for (;;) {
    if (at + 4 > frame.length) return stopped(damaged('the frame is cut off'));
    const word = frame.readUInt32LE(at);
    at += 4;
    if (word === 0) return stopped(null);
    const end = at + (word & ~STORED);
    if (end > frame.length) return stopped(damaged('a block is cut off'));
    const block = frame.subarray(at, end);
    let bytes: Buffer;
    try {
      const before = (flags & INDEPENDENT_BLOCKS) !== 0 ? null : windowOf(blocks);
      bytes = (word & STORED) !== 0 ? block : inflateBlock(block, largest, before);
    } catch (error) {
      return stopped(damaged(error));
    }
    if (size + bytes.length > most) return stopped(beyond(most));
    blocks.push(bytes);
    size += bytes.length;
    at = end + ((flags & BLOCK_CHECKSUMS) !== 0 ? 4 : 0);
  }
}

/** The library wants the size ahead of the block, and takes one that is too large. */
function inflateBlock(block: Buffer, largest: number, before: Buffer | null): Buffer {
  const sized = Buffer.allocUnsafe(4 + block.length);
  sized.writeUInt32LE(largest, 0);
  block.copy(sized, 4);
  return before === null ? uncompressSync(sized) : uncompressSync(sized, before);
}

function windowOf(blocks: readonly Buffer[]): Buffer | null {
  const last: Buffer[] = [];
  for (let i = blocks.length - 1, size = 0; i >= 0 && size < WINDOW; i--) {
    last.unshift(blocks[i]);
    size += blocks[i].length;
  }
  return last.length === 0 ? null : Buffer.concat(last).subarray(-WINDOW);
}
