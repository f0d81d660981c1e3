import { ZSTDDecoder } from 'zstddec';
import { beyond, damaged, NOTHING, type Inflated } from './inflated.js';

/** See RFC 8878. */
const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a5;
const MOST_BLOCK = 128 << 10;

let decoder: Promise<ZSTDDecoder> | null = null;

/**
 * Inflates frames into memory of the size that they can fill at most: what they state, or else the sum over their blocks, of which no one
 * holds more than 128 KiB. All or nothing: the decoder gives no beginning of a frame that is damaged or too large.
 */
export async function inflateZstd(compressed: Buffer, most: number): Promise<Inflated> {
  const size = mostContent(compressed);
  if (size === null) return { bytes: NOTHING, fault: damaged('no frame') };
  if (size.stated && size.bytes > most) return { bytes: NOTHING, fault: beyond(most) };
  const bytes = (await (decoder ??= load())).decode(compressed, Math.min(most, size.bytes));
  // The decoder says no more of an error than that there is nothing.
  if (bytes.length > 0) return { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), fault: null };
  return { bytes: NOTHING, fault: size.bytes > most ? beyond(most) : damaged('the decoder refuses it') };
}

async function load(): Promise<ZSTDDecoder> {
  const loaded = new ZSTDDecoder();
  await loaded.init();
  return loaded;
}

/** What frames hold at most, and whether they themselves state it; null where they are no frames. */
function mostContent(bytes: Buffer): { readonly bytes: number; readonly stated: boolean } | null {
  let total = 0;
  let stated = true;
  try {
    for (let at = 0; at < bytes.length;) {
      if (bytes.readUInt32LE(at) >>> 4 === SKIPPABLE) {
        at += 8 + bytes.readUInt32LE(at + 4);
        continue;
      }
      if (bytes.readUInt32LE(at) !== MAGIC) return null;
      const frame = frameAt(bytes, at);
      total += frame.stated ?? frame.most;
      stated &&= frame.stated !== null;
      at = frame.end;
    }
  } catch {
    // It ends within a header.
    return null;
  }
  return total === 0 ? null : { bytes: total, stated };
}

function frameAt(bytes: Buffer, start: number) {
  const descriptor = bytes.readUInt8(start + 4);
  const single = (descriptor >> 5) & 1;
  const sizeBytes = [single, 2, 4, 8][descriptor >> 6];
  let at = start + 6 - single + [0, 1, 2, 4][descriptor & 3];
  let stated: number | null = null;
  if (sizeBytes === 8) stated = Number(bytes.readBigUInt64LE(at));
  else if (sizeBytes > 0) stated = bytes.readUIntLE(at, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
  at += sizeBytes;
  let most = 0;
  for (let last = false; !last;) {
    const header = bytes.readUIntLE(at, 3);
    const [type, size] = [(header >> 1) & 3, header >> 3];
    last = (header & 1) === 1;
    most += type === 2 ? MOST_BLOCK : size;
    // A repeated byte lies there once.
    at += 3 + (type === 1 ? 1 : size);
  }
  return { stated, most, end: at + ((descriptor & 4) !== 0 ? 4 : 0) };
}
