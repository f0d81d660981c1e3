/** How a column's values are counted. Bins are numbered from 0; a layout is never changed. */
export type BinLayout = NumericLayout | CategoricalLayout;

/** Intervals of numbers: bin i is [edges[i-1], edges[i]), so an edge's own value lies in the bin on its right. */
export interface NumericLayout {
  readonly type: 'numeric';
  /** Ascending, unique, finite: one fewer than there are bins. */
  readonly edges: Float64Array;
  /** The baseline's range: values outside it are counted as out of range besides. */
  readonly min: number;
  readonly max: number;
}

/** A bin for each category, and a last one for all others. */
export interface CategoricalLayout {
  readonly type: 'categorical';
  readonly categories: readonly string[];
}

export function binCount(layout: BinLayout): number {
  return layout.type === 'numeric' ? layout.edges.length + 1 : layout.categories.length + 1;
}

/**
 * What makes a layout one that nothing can be counted in; null where it is sound. The range of a column without a valid value is none.
 *
 * @example
 * layoutFault({ type: 'numeric', edges: new Float64Array(0), min: NaN, max: NaN }); // 'its range is from NaN to NaN'
 */
export function layoutFault(layout: BinLayout): string | null {
  if (layout.type === 'categorical') {
    return new Set(layout.categories).size < layout.categories.length ? 'it has a bin twice' : null;
  }
  const { edges, min, max } = layout;
  for (let i = 0; i < edges.length; i++) {
    if (!Number.isFinite(edges[i]) || (i > 0 && edges[i] <= edges[i - 1])) return 'its edges do not ascend';
  }
  return Number.isFinite(min) && Number.isFinite(max) && min <= max ? null : `its range is from ${min} to ${max}`;
}

/** The bin of a finite number: how many edges are at most x. */
export function numericBin(edges: Float64Array, x: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle] <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

const indexes = new WeakMap<CategoricalLayout, ReadonlyMap<string, number>>();

/** The bin of a category; the last bin for one that the layout does not have. */
export function categoricalBin(layout: CategoricalLayout, category: string): number {
  let index = indexes.get(layout);
  if (index === undefined) {
    index = new Map(layout.categories.map((name, bin) => [name, bin]));
    indexes.set(layout, index);
  }
  return index.get(category) ?? layout.categories.length;
}

/** A bin for people: `[3.2, 4.1)`, `(-∞, 2)`, `= 0` for a bin of one value, a category, or `unseen`. */
export function describeBin(layout: BinLayout, bin: number): string {
  if (layout.type === 'categorical') return layout.categories[bin] ?? 'unseen';
  const { edges } = layout;
  if (edges.length === 0) return '(-∞, ∞)';
  if (bin === 0) return `(-∞, ${edges[0]})`;
  if (bin === edges.length) return `[${edges[bin - 1]}, ∞)`;
  if (edges[bin] === nextUp(edges[bin - 1])) return `= ${edges[bin - 1]}`;
  return `[${edges[bin - 1]}, ${edges[bin]})`;
}

/** Whether two layouts count in the same bins. The baseline's range is part of a layout, as it decides what is out of range. */
export function sameLayout(a: BinLayout | null, b: BinLayout | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (a.type === 'numeric') {
    return b.type === 'numeric' && sameBound(a.min, b.min) && sameBound(a.max, b.max) && sameItems(a.edges, b.edges);
  }
  return b.type === 'categorical' && sameItems(a.categories, b.categories);
}

/** A range that was never known is the same as itself. */
function sameBound(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

function sameItems(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const double = new Float64Array(1);
const bits = new BigInt64Array(double.buffer);

/** The least double greater than x; x itself for Infinity and NaN. */
export function nextUp(x: number): number {
  if (!(x < Infinity)) return x;
  double[0] = x + 0;
  bits[0] += double[0] >= 0 ? 1n : -1n;
  return double[0] + 0;
}
