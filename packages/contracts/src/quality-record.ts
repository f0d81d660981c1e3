import { decodeQuality, SketchDecodeError, type QualitySketch } from '@tidemark/sketches';
import { RecordFault } from './record-fault.js';

/** @throws RecordFault where the bytes are no quality sketch. */
export function qualityFromAvro(bytes: Uint8Array | null): QualitySketch | null {
  if (bytes === null) return null;
  try {
    return decodeQuality(bytes);
  } catch (error) {
    if (!(error instanceof SketchDecodeError)) throw error;
    throw new RecordFault('damaged', `its quality cannot be read: ${error.message}`);
  }
}
