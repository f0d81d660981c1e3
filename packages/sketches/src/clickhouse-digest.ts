import { ByteReader } from './byte-reader.js';
import { TDigest } from './t-digest.js';
import { putVaruint, varuintLength } from './varuint.js';

const MAX_FLOAT32 = 3.4028234663852886e38;

/**
 * The digest as ClickHouse's state of quantilesTDigest over Float64: a varuint of the count of centroids, then mean and weight
 * of each as little-endian Float32. The engine keeps no minimum, maximum or compression. Means and weights are rounded to 24 bits, and
 * means beyond Float32's range are set to its end, as an infinite one would poison every merge.
 */
export function clickHouseDigestState(digest: TDigest): Uint8Array {
  const { means, weights } = digest.centroids();
  const bytes = new Uint8Array(varuintLength(means.length) + 8 * means.length);
  const view = new DataView(bytes.buffer);
  let at = putVaruint(bytes, 0, means.length);
  for (let i = 0; i < means.length; i++, at += 8) {
    view.setFloat32(at, Math.min(MAX_FLOAT32, Math.max(-MAX_FLOAT32, means[i])), true);
    view.setFloat32(at + 4, Math.min(MAX_FLOAT32, weights[i]), true);
  }
  return bytes;
}

/**
 * Reads ClickHouse's state of quantilesTDigest over Float64. Its minimum and maximum are the outer means, and it is never exact.
 *
 * @throws SketchDecodeError for bytes that are no such state, or that hold a centroid that is not finite.
 */
export function digestFromClickHouseState(bytes: Uint8Array): TDigest {
  const reader = new ByteReader("a ClickHouse t-digest's state", bytes);
  const size = reader.countOf(8);
  const centroids = Array.from({ length: size }, () => ({ mean: reader.float32(), weight: reader.float32() }));
  reader.end();
  centroids.sort((a, b) => a.mean - b.mean);
  const means = centroids.map(({ mean }) => mean);
  const weights = centroids.map(({ weight }) => weight);
  return reader.check(() => TDigest.fromCentroids(means, weights, { exact: false }));
}
