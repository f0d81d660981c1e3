import { ByteReader } from './byte-reader.js';
import { decodeCoMoments, encodeCoMoments } from './co-moments-codec.js';
import { putVaruint, unzigzag, varuintLength, zigzag } from './varuint.js';
import { FOURIER_FEATURES, EmbeddingSketch } from './embedding-sketch.js';

const VERSION = 1;

/** The bytes of a vector sketch, without its name: version, dimension, the features' sums as zigzag varints, the moments. */
export function encodeEmbeddings({ name, dimension, moments, features }: EmbeddingSketch): Uint8Array {
  if (features.length !== FOURIER_FEATURES) throw new RangeError(`${name} has ${features.length} features`);
  const numbers = [dimension, ...Array.from(features, zigzag)];
  const tail = encodeCoMoments(moments);
  const length = 1 + numbers.reduce((sum, each) => sum + varuintLength(each), 0);
  const bytes = new Uint8Array(length + tail.length);
  bytes[0] = VERSION;
  let at = 1;
  for (const each of numbers) at = putVaruint(bytes, at, each);
  bytes.set(tail, at);
  return bytes;
}

/** Reads what {@link encodeEmbeddings} wrote. @throws SketchDecodeError for any other bytes. */
export function decodeEmbeddings(name: string, bytes: Uint8Array): EmbeddingSketch {
  const reader = new ByteReader('a vector sketch', bytes);
  const version = reader.byte();
  if (version !== VERSION) throw reader.fault(`version ${version} is not ${VERSION}`);
  const dimension = reader.varuint();
  if (dimension < 1 || dimension > MOST_DIMENSIONS) throw reader.fault(`${dimension} dimensions`);
  const features = Float64Array.from({ length: FOURIER_FEATURES }, () => unzigzag(reader.varuint()));
  const { columns } = EmbeddingSketch.empty(name, dimension).moments;
  const moments = decodeCoMoments(columns, bytes.subarray(bytes.length - reader.remaining));
  return reader.check(() => EmbeddingSketch.fromParts({ name, dimension, moments, features }));
}

/** The dimension that a vector may have at most. */
export const MOST_DIMENSIONS = 4096;
