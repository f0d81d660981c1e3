import { promisify } from 'node:util';
import { createGunzip, unzip } from 'node:zlib';
import { beyond, damaged, type Inflated } from './inflated.js';

const unzipped = promisify<Buffer, { maxOutputLength: number }, Buffer>(unzip);

export async function inflateGzip(compressed: Buffer, most: number): Promise<Inflated> {
  try {
    return { bytes: await unzipped(compressed, { maxOutputLength: most }), fault: null };
  } catch (error) {
    const { code } = error as { code?: string };
    const fault = code === 'ERR_BUFFER_TOO_LARGE' ? beyond(most) : damaged(code ?? error);
    return { bytes: await beginningOf(compressed, most), fault };
  }
}

/** What lies before the limit, or before the damage. */
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
