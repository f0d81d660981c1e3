import { decodeCoMoments, encodeCoMoments, SketchDecodeError, type CoMoments } from '@tidemark/sketches';
import { RecordFault } from './record-fault.js';

/** Moments as bytes, without their columns' names. */
export function momentsToBytes(moments: CoMoments): Buffer {
  const { buffer, byteOffset, byteLength } = encodeCoMoments(moments);
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** @throws RecordFault `damaged` where the bytes are no moments of these columns. */
export function momentsFromBytes(columns: readonly string[], bytes: Uint8Array): CoMoments {
  try {
    return decodeCoMoments(columns, bytes);
  } catch (error) {
    if (error instanceof SketchDecodeError) throw new RecordFault('damaged', error.message);
    throw error;
  }
}
