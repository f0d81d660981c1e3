import { decodeEmbeddings, encodeEmbeddings, SketchDecodeError, type EmbeddingSketch } from '@tidemark/sketches';
import { RecordFault } from './record-fault.js';

/** A sketch of vectors as bytes, without its column's name. */
export function embeddingsToBytes(sketch: EmbeddingSketch): Buffer {
  const { buffer, byteOffset, byteLength } = encodeEmbeddings(sketch);
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** @throws RecordFault `damaged` where the bytes are no sketch of vectors. */
export function embeddingsFromBytes(name: string, bytes: Uint8Array): EmbeddingSketch {
  try {
    return decodeEmbeddings(name, bytes);
  } catch (error) {
    if (error instanceof SketchDecodeError) throw new RecordFault('damaged', `${name}: ${error.message}`);
    throw error;
  }
}
