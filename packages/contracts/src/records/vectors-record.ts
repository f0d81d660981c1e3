import { decodeVectors, encodeVectors, SketchDecodeError, type VectorSketch } from '@tidemark/sketches';
import { RecordFault } from './record-fault.js';

/** A sketch of vectors as bytes, without its column's name. */
export function vectorsToBytes(sketch: VectorSketch): Buffer {
  const { buffer, byteOffset, byteLength } = encodeVectors(sketch);
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** @throws RecordFault `damaged` where the bytes are no sketch of vectors. */
export function vectorsFromBytes(name: string, bytes: Uint8Array): VectorSketch {
  try {
    return decodeVectors(name, bytes);
  } catch (error) {
    if (error instanceof SketchDecodeError) throw new RecordFault('damaged', `${name}: ${error.message}`);
    throw error;
  }
}
