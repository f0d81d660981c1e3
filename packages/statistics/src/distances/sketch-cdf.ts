import { nextUp, type ColumnSketch, type TDigest } from '@tidemark/sketches';
import { cdfAt, CdfBuilder, empiricalCdf, type PiecewiseCdf } from './piecewise-cdf.js';

/**
 * The distribution function that a numeric column's sketch knows: the empirical function where its digest is exact, otherwise
 * the digest's lines and jumps (Dunning and Ertl, "Computing extremely accurate quantiles using t-digests", 2019). Where the
 * values were counted in the baseline's bins, the counts are exact at the edges, and the digest is held between them.
 *
 * @returns without breakpoints where the sketch has no digest or no values.
 *
 * @example
 * ```ts
 * const sketch = ColumnSketch.empty('age', 'numeric', null);
 * for (const age of [20, 30, 30, 50]) sketch.addNumber(age);
 * cdfAt(cdfOfSketch(sketch), 30); // 0.75
 * ```
 */
export function cdfOfSketch(sketch: ColumnSketch): PiecewiseCdf {
  const { digest, layout, bins } = sketch;
  if (digest === null || digest.count === 0) return empiricalCdf([]);
  const cdf = cdfOfDigest(digest);
  if (digest.exact) return cdf;
  if (layout?.type !== 'numeric' || bins === null || sketch.binsEstimated) return cdf;
  return pinned(cdf, layout.edges, bins);
}

function cdfOfDigest(digest: TDigest): PiecewiseCdf {
  const { x, below, upTo } = digest.knots();
  const builder = new CdfBuilder();
  for (let i = 0; i < x.length; i++) builder.add(x[i], below[i], upTo[i]);
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
      builder.add(start, low, nextUp(start) === end ? high : clamp(cdfAt(cdf, start)));
      while (point < cdf.xs.length && cdf.xs[point] === start) point++;
    }
    for (; point < cdf.xs.length && cdf.xs[point] < end; point++) {
      builder.add(cdf.xs[point], clamp(cdf.below[point]), clamp(cdf.upTo[point]));
    }
  }
  return builder.build();
}
