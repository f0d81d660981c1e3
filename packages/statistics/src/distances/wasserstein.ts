import { forEachStretch, type PiecewiseCdf } from './piecewise-cdf.js';

/**
 * The first Wasserstein distance (earth mover's distance) of two distributions on the line: the area between their
 * distribution functions (Vallender, Theory Probab. Appl. 1974). Exact for exact functions.
 *
 * @returns 0 or more, in the column's own unit (divide by the baseline's standard deviation to compare columns); NaN where
 *   either has no values.
 *
 * @example
 * ```ts
 * wassersteinDistance(empiricalCdf([1, 2, 3, 4]), empiricalCdf([3, 4, 5, 6])); // 2
 * ```
 */
export function wassersteinDistance(a: PiecewiseCdf, b: PiecewiseCdf): number {
  if (a.xs.length === 0 || b.xs.length === 0) return NaN;
  let area = 0;
  forEachStretch(a, b, (width, aStart, bStart, aEnd, bEnd) => {
    area += width * meanAbsolute(aStart - bStart, aEnd - bEnd);
  });
  return area;
}

/** The mean of |y| along a straight line from one value to another: a trapezium, or two triangles where it crosses 0. */
function meanAbsolute(start: number, end: number): number {
  if (start * end >= 0) return Math.abs(start + end) / 2;
  return (start * start + end * end) / (2 * (Math.abs(start) + Math.abs(end)));
}
