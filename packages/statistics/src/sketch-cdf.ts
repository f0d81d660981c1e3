import type { ColumnSketch, TDigest } from '@tidemark/sketches';
import { cdfAt, CdfBuilder, empiricalCdf, type PiecewiseCdf } from './piecewise-cdf.js';

/**
 * The distribution function that a numeric column's sketch knows. An exact digest gives the empirical function. A compressed
 * one is read as usual (Dunning and Ertl, "Computing extremely accurate quantiles using t-digests", 2019): half of a centroid
 * lies on each side of its mean, a centroid of one value is that value, and centroids of one and the same mean are a repeated
 * value. Where the values were counted in the baseline's bins, the counts are exact at the edges, and the digest is held
 * between them.
 *
 * @returns without breakpoints where the sketch has no digest or no values.
 *
 * @example
 * ```ts
 * const sketch = new ColumnSketch('age', 'numeric', null);
 * for (const age of [20, 30, 30, 50]) sketch.addNumber(age);
 * cdfAt(cdfOfSketch(sketch), 30); // 0.75
 * ```
 */
export function cdfOfSketch(sketch: ColumnSketch): PiecewiseCdf {
  const { digest, layout, bins } = sketch;
  if (digest === null || digest.count === 0) return empiricalCdf([]);
  const { means, weights } = digest.centroids();
  if (digest.exact) return empiricalCdf(means, weights);
  const cdf = cdfOfCentroids(digest, means, weights);
  if (layout?.type !== 'numeric' || bins === null || sketch.binsEstimated) return cdf;
  return pinned(cdf, layout.edges, bins);
}

function cdfOfCentroids(digest: TDigest, means: Float64Array, weights: Float64Array): PiecewiseCdf {
  const total = digest.count;
  const builder = new CdfBuilder();
  // The least and the greatest value are known: at least one value lies at each.
  if (means[0] > digest.min) builder.add(digest.min, 0, 1 / total);
  let before = 0;
  for (let i = 0; i < means.length;) {
    let weight = weights[i];
    let next = i + 1;
    while (next < means.length && means[next] === means[i]) weight += weights[next++];
    const repeated = next > i + 1 || weight === 1;
    if (repeated) builder.add(means[i], before / total, (before + weight) / total);
    else builder.add(means[i], (before + weight / 2) / total, (before + weight / 2) / total);
    before += weight;
    i = next;
  }
  if (means[means.length - 1] < digest.max) builder.add(digest.max, 1 - 1 / total, 1);
  return builder.build();
}

/** Holds a function within what exact counts allow: at an edge it is the share counted below it, in a bin it is between its ends. */
function pinned(cdf: PiecewiseCdf, edges: Float64Array, bins: Float64Array): PiecewiseCdf {
  const total = bins.reduce((sum, count) => sum + count, 0);
  const builder = new CdfBuilder();
  let point = 0;
  let counted = 0;
  for (let bin = 0; bin < bins.length; bin++) {
    const low = counted / total;
    counted += bins[bin];
    const high = counted / total;
    const clamp = (share: number): number => Math.min(high, Math.max(low, share));
    const end = bin < edges.length ? edges[bin] : Infinity;
    if (bin > 0) {
      const start = edges[bin - 1];
      builder.add(start, low, isAtom(start, end) ? high : clamp(cdfAt(cdf, start)));
      while (point < cdf.xs.length && cdf.xs[point] === start) point++;
    }
    for (; point < cdf.xs.length && cdf.xs[point] < end; point++) {
      builder.add(cdf.xs[point], clamp(cdf.below[point]), clamp(cdf.upTo[point]));
    }
  }
  return builder.build();
}

/** Whether a bin holds one value only: no number lies between its edges. */
function isAtom(start: number, end: number): boolean {
  const middle = start + (end - start) / 2;
  return middle <= start || middle >= end;
}
