import { shareLimit } from './centroid-run.js';

/**
 * A cumulative distribution: at `x[i]` it jumps from `below[i]` to `upTo[i]` (equal where it does not jump), and from there it is
 * linear to `below[i + 1]` at `x[i + 1]`. Shares from 0 to 1; x does not descend. All three are empty for no values.
 */
export interface CdfKnots {
  readonly x: Float64Array;
  readonly below: Float64Array;
  readonly upTo: Float64Array;
}

/** What decides whether a centroid stands for one value or for a range. */
interface CentroidKnowledge {
  readonly min: number;
  readonly max: number;
  readonly exact: boolean;
  readonly compression: number;
}

/**
 * Knots of centroids. A centroid stands for one value, a jump, where it is exact, has weight 1, lies at the minimum or
 * maximum, or is heavier than compression would let several values become; otherwise half its weight lies on each side.
 */
export function knotsOf(
  means: Float64Array,
  weights: Float64Array,
  total: number,
  { min, max, exact, compression }: CentroidKnowledge,
): CdfKnots {
  const n = means.length;
  const x: number[] = [];
  const below: number[] = [];
  const upTo: number[] = [];
  const put = (value: number, from: number, to: number): void => {
    x.push(value);
    below.push(from / total);
    upTo.push(to / total);
  };
  const step = (2 * Math.PI) / compression;
  const [cosStep, sinStep] = [Math.cos(step), Math.sin(step)];
  let before = 0;
  for (let i = 0; i < n; i++) {
    const [mean, weight] = [means[i], weights[i]];
    const after = i === n - 1 ? total : before + weight;
    const limit = total * shareLimit(before / total, cosStep, sinStep);
    const single = exact || weight <= 1 || mean === min || mean === max || after > limit * (1 + 1e-9);
    if (i === 0 && mean > min) put(min, 0, single ? 0 : Math.min(1, weight / 2));
    put(mean, single ? before : before + weight / 2, single ? after : before + weight / 2);
    if (i === n - 1 && mean < max) put(max, single ? total : total - Math.min(1, weight / 2), total);
    before = after;
  }
  return { x: Float64Array.from(x), below: Float64Array.from(below), upTo: Float64Array.from(upTo) };
}

/** The share of values at most x; NaN without knots or for NaN. */
export function cdfAt(knots: CdfKnots, x: number): number {
  if (knots.x.length === 0 || Number.isNaN(x)) return NaN;
  const i = countWhere(knots.x, (knot) => knot <= x) - 1;
  if (i < 0) return 0;
  return knots.x[i] === x ? knots.upTo[i] : between(knots, i, x);
}

/** The share of values less than x; NaN without knots or for NaN. */
export function cdfBelow(knots: CdfKnots, x: number): number {
  if (knots.x.length === 0 || Number.isNaN(x)) return NaN;
  const i = countWhere(knots.x, (knot) => knot < x) - 1;
  if (i < 0) return 0;
  return knots.x[i + 1] === x ? knots.below[i + 1] : between(knots, i, x);
}

/** The least x at which the distribution reaches share q; NaN without knots. */
export function quantileAt({ x, below, upTo }: CdfKnots, q: number): number {
  if (x.length === 0) return NaN;
  const i = Math.min(
    x.length - 1,
    countWhere(upTo, (share) => share < q),
  );
  if (i === 0 || below[i] < q) return x[i];
  const t = (q - upTo[i - 1]) / (below[i] - upTo[i - 1]);
  return Math.min(x[i], Math.max(x[i - 1], x[i - 1] * (1 - t) + x[i] * t));
}

function between({ x, below, upTo }: CdfKnots, i: number, at: number): number {
  if (i === x.length - 1) return 1;
  const span = x[i + 1] - x[i];
  // Halved where the difference of two doubles exceeds them.
  const t = span < Infinity ? (at - x[i]) / span : (at / 2 - x[i] / 2) / (x[i + 1] / 2 - x[i] / 2);
  return upTo[i] + (below[i + 1] - upTo[i]) * Math.min(1, Math.max(0, t));
}

/** How many of the leading entries hold, where those that hold come first. */
function countWhere(sorted: Float64Array, holds: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(sorted[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}
