import { ByteReader } from './byte-reader.js';
import { TDigest } from './t-digest.js';
import { putVaruint, varuintLength } from './varuint.js';

const VERSION = 1;
const EXACT = 1;
const WHOLE_WEIGHTS = 2;

/**
 * A digest's bytes: version, flags (1: exact, 2: whole weights), the compression and the count of centroids as varuints, min and
 * max unless exact, the means, the weights as varuints where whole. Floating-point numbers are Float64, little-endian.
 */
export function encodeDigest(digest: TDigest): Uint8Array {
  const { means, weights } = digest.centroids();
  const { exact, compression } = digest;
  const whole = weights.every(Number.isSafeInteger);
  const size = means.length;
  let length = 2 + varuintLength(compression) + varuintLength(size) + (exact ? 0 : 16) + 8 * size;
  if (whole) for (const weight of weights) length += varuintLength(weight);
  else length += 8 * size;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  bytes[1] = (exact ? EXACT : 0) | (whole ? WHOLE_WEIGHTS : 0);
  let at = putVaruint(bytes, putVaruint(bytes, 2, compression), size);
  const putFloat = (value: number): void => {
    view.setFloat64(at, value, true);
    at += 8;
  };
  if (!exact) {
    putFloat(digest.min);
    putFloat(digest.max);
  }
  for (const mean of means) putFloat(mean);
  for (const weight of weights) {
    if (whole) at = putVaruint(bytes, at, weight);
    else putFloat(weight);
  }
  return bytes;
}

/** Reads what {@link encodeDigest} wrote. @throws SketchDecodeError for any other bytes. */
export function decodeDigest(bytes: Uint8Array): TDigest {
  const reader = new ByteReader('a t-digest', bytes);
  const version = reader.byte();
  if (version !== VERSION) throw reader.fault(`version ${version} is not ${VERSION}`);
  const flags = reader.byte();
  if (flags > (EXACT | WHOLE_WEIGHTS)) throw reader.fault(`the flags ${flags} are unknown`);
  const exact = (flags & EXACT) !== 0;
  const whole = (flags & WHOLE_WEIGHTS) !== 0;
  const compression = reader.varuint();
  const size = reader.countOf(whole ? 9 : 16);
  const range = exact ? {} : { min: reader.float64(), max: reader.float64() };
  if (!exact && size === 0) throw reader.fault('an empty digest is exact');
  const means = Float64Array.from({ length: size }, () => reader.float64());
  const weights = Float64Array.from({ length: size }, () => (whole ? reader.varuint() : reader.float64()));
  reader.end();
  return reader.check(() => TDigest.fromCentroids(means, weights, { exact, compression, ...range }));
}
