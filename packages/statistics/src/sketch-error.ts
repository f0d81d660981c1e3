import type { ColumnSketch } from '@tidemark/sketches';

/**
 * How far the {@link ksStatistic} of two sketches' functions may be from that of their values: the sum of the two digests'
 * rank errors. A digest's is half the share of its heaviest centroid, as a value may lie anywhere in its centroid; 0 for an
 * exact digest, and for centroids of a single value. It bounds the error of values that spread within a centroid on both sides
 * of its mean; a heavily repeated value inside one centroid can exceed it, unless the layout gives it a bin of its own.
 *
 * @returns 0 to 1; 0 for sketches without a digest or values.
 *
 * @example
 * ```ts
 * const sketch = new ColumnSketch('age', 'numeric', null);
 * for (const age of [20, 30, 30, 50]) sketch.addNumber(age);
 * ksError(sketch, sketch); // 0
 * ```
 */
export function ksError(a: ColumnSketch, b: ColumnSketch): number {
  return Math.min(1, rankError(a) + rankError(b));
}

/**
 * How far the {@link wassersteinDistance} of two sketches' functions may be from that of their values: the sum of the areas
 * that the digests' rank errors span, each gap between neighbouring means with half the heavier centroid's share.
 *
 * @returns 0 or more, in the column's own unit; 0 for exact digests and sketches without a digest or values.
 *
 * @example
 * ```ts
 * const sketch = new ColumnSketch('age', 'numeric', null);
 * for (const age of [20, 30, 30, 50]) sketch.addNumber(age);
 * wassersteinError(sketch, sketch); // 0
 * ```
 */
export function wassersteinError(a: ColumnSketch, b: ColumnSketch): number {
  return areaError(a) + areaError(b);
}

function rankError({ digest }: ColumnSketch): number {
  if (digest === null || digest.exact || digest.count === 0) return 0;
  const heaviest = digest.centroids().weights.reduce((a, b) => Math.max(a, b), 0);
  return halfShare(heaviest, digest.count);
}

function areaError({ digest }: ColumnSketch): number {
  if (digest === null || digest.exact || digest.count === 0) return 0;
  const { means, weights } = digest.centroids();
  let area = 0;
  for (let i = 0; i <= means.length; i++) {
    const start = i === 0 ? digest.min : means[i - 1];
    const end = i === means.length ? digest.max : means[i];
    const heavier = Math.max(weights[Math.max(0, i - 1)], weights[Math.min(i, means.length - 1)]);
    area += (end - start) * halfShare(heavier, digest.count);
  }
  return area;
}

function halfShare(weight: number, total: number): number {
  return weight <= 1 ? 0 : weight / (2 * total);
}
