import {
  binCount,
  categoricalBin,
  numericBin,
  type BinLayout,
  type CategoricalLayout,
  type NumericLayout,
} from './bin-layout.js';
import type { CategoryCounts } from './category-counts.js';
import type { TDigest } from './t-digest.js';

/** Counts of values in a layout's bins. */
export interface BinnedCounts {
  /** Whole counts that add up to the values. */
  readonly bins: Float64Array;
  readonly outOfRange: number;
  /** Whether some value may have been counted in the wrong bin. */
  readonly estimated: boolean;
}

/** Above this many edges a bin is found by halving; up to it, comparing with all of them is faster for want of branches. */
const MOST_COMPARED = 24;

/**
 * Finds the bin of each of the first `n` values.
 *
 * @param into receives them, −1 for a value that is not finite; as long as `n` at least.
 *
 * @example
 * ```ts
 * const into = new Int32Array(3);
 * binNumbers({ type: 'numeric', edges: Float64Array.of(0, 1), min: -1, max: 2 }, Float64Array.of(1, -5, NaN), 3, into);
 * [...into]; // [2, 0, -1]
 * ```
 */
export function binNumbers({ edges }: NumericLayout, values: Float64Array, n: number, into: Int32Array): void {
  if (edges.length > MOST_COMPARED) {
    for (let i = 0; i < n; i++) into[i] = values[i] - values[i] === 0 ? numericBin(edges, values[i]) : -1;
    return;
  }
  for (let i = 0; i < n; i++) {
    const value = values[i];
    let bin = 0;
    for (let j = 0; j < edges.length; j++) bin += Number(edges[j] <= value);
    into[i] = value - value === 0 ? bin : -1;
  }
}

/** Counts the first `n` values in bins that {@link binNumbers} found. @returns how many lie outside the layout's range. */
export function countBinned(
  { min, max }: NumericLayout,
  bins: Float64Array,
  values: Float64Array,
  binned: Int32Array,
  n: number,
): number {
  let outside = 0;
  for (let i = 0; i < n; i++) {
    if (binned[i] < 0) continue;
    if (values[i] < min || values[i] > max) outside++;
    bins[binned[i]]++;
  }
  return outside;
}

/** Counts what a digest holds in other bins than it was counted in: exactly where the digest is exact. */
export function binDigest(layout: NumericLayout, digest: TDigest): BinnedCounts {
  const bins = new Float64Array(binCount(layout));
  const total = digest.count;
  let before = 0;
  for (let bin = 0; bin < bins.length; bin++) {
    const upTo =
      bin === bins.length - 1 || total === 0 ? total : Math.round(total * digest.cdfBelow(layout.edges[bin]));
    bins[bin] = upTo - before;
    before = upTo;
  }
  // Of a range that is no range nothing is outside, as when single values are counted.
  if (total === 0 || Number.isNaN(layout.min) || Number.isNaN(layout.max)) {
    return { bins, outOfRange: 0, estimated: !digest.exact };
  }
  const inside = Math.round(total * digest.cdf(layout.max)) - Math.round(total * digest.cdfBelow(layout.min));
  return { bins, outOfRange: total - Math.max(0, inside), estimated: !digest.exact };
}

/** Counts categories in other bins than they were counted in; what the counts have dropped falls into the last bin. */
export function binCategories(layout: CategoricalLayout, counts: CategoryCounts): BinnedCounts {
  const bins = new Float64Array(binCount(layout));
  for (const [category, count] of counts.entries()) bins[categoricalBin(layout, category)] += count;
  const { other } = counts;
  bins[bins.length - 1] += other;
  return { bins, outOfRange: 0, estimated: other > 0 };
}

/** Whether a layout suits numbers or categories. @throws RangeError where it suits the other. */
export function requireLayout(layout: BinLayout | null, numeric: boolean, name: string): void {
  if (layout !== null && (layout.type === 'numeric') !== numeric) {
    throw new RangeError(`The column ${JSON.stringify(name)} cannot be counted in ${layout.type} bins`);
  }
}
