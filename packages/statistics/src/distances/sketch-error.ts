import type { ColumnSketch, TDigest } from '@tidemark/sketches';

/**
 * How far the KS statistic of two sketches' functions may be from that of their values, at most: the sum of the two digests'
 * rank errors. A digest knows how many values lie in the centroids before and after a pair of neighbours, and draws a line from
 * the middle of the one to the middle of the other: the truth is off by no more than one of them and half of the other, which
 * is 3π / (2 · compression) of all values in the middle and less in the tails. Values that fill a centroid evenly are
 * nearer by a factor of ten or more; a gap inside one uses the bound up. 0 where the digest is exact.
 *
 * @returns 0 to 1; 0 for sketches without a digest or values.
 *
 * @example
 * ```ts
 * const sketch = ColumnSketch.empty('age', 'numeric', null);
 * for (const age of [20, 30, 30, 50]) sketch.addNumber(age);
 * ksError(sketch, sketch); // 0
 * ```
 */
export function ksError(a: ColumnSketch, b: ColumnSketch): number {
  return Math.min(1, rankError(a) + rankError(b));
}

/**
 * How far the Wasserstein distance of two sketches' functions may be from that of their values: the sum over both digests of
 * the area that the rank error of {@link ksError} spans, line by line.
 *
 * @returns 0 or more, in the column's own unit; 0 for exact digests and sketches without a digest or values.
 *
 * @example
 * ```ts
 * const sketch = ColumnSketch.empty('age', 'numeric', null);
 * for (const age of [20, 30, 30, 50]) sketch.addNumber(age);
 * wassersteinError(sketch, sketch); // 0
 * ```
 */
export function wassersteinError(a: ColumnSketch, b: ColumnSketch): number {
  return areaError(a) + areaError(b);
}

function rankError(sketch: ColumnSketch): number {
  let greatest = 0;
  forEachLine(sketch, (_, error) => {
    greatest = Math.max(greatest, error);
  });
  return greatest;
}

function areaError(sketch: ColumnSketch): number {
  let area = 0;
  forEachLine(sketch, (width, error) => {
    area += width * error;
  });
  return area;
}

function forEachLine({ digest }: ColumnSketch, visit: (width: number, error: number) => void): void {
  if (digest === null || digest.exact) return;
  const { means, weights } = digest.centroids();
  let [from, before] = [digest.min, 0];
  for (let i = 0; i <= means.length; i++) {
    const [to, after] = i < means.length ? [means[i], spread(digest, means[i], weights[i])] : [digest.max, 0];
    visit(to - from, (before + after + Math.max(before, after)) / 2);
    [from, before] = [to, after];
  }
}

/** The share of values whose place within a centroid is unknown: none where the digest jumps, as it holds one value then. */
function spread(digest: TDigest, mean: number, weight: number): number {
  return digest.cdf(mean) > digest.cdfBelow(mean) ? 0 : weight / digest.count;
}
