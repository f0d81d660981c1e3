import { nextUp, type CategoricalLayout, type NumericLayout } from './bin-layout.js';
import type { CategoryCounts } from './category-counts.js';
import type { TDigest } from './t-digest.js';

const MOST_INTEGER_BINS = 20;

/**
 * A layout with an edge at each quantile and a bin of its own for each atom: edges at the value and at the next double after
 * it. Edges repeat no value; those at or below `min` and those above `max` are left out, as they would only cut off bins in which the
 * baseline has nothing.
 *
 * @param quantileEdges finite numbers in any order, repeats allowed; @param atoms values with much mass, likewise.
 * @param min the baseline's least value; @param max its greatest.
 */
export function numericLayout(
  quantileEdges: Iterable<number>,
  atoms: Iterable<number>,
  min: number,
  max: number,
): NumericLayout {
  const edges = new Set<number>();
  for (const edge of quantileEdges) edges.add(edge + 0);
  for (const atom of atoms) edges.add(atom + 0).add(nextUp(atom));
  const kept = [...edges].filter((edge) => edge > min && edge <= max && Number.isFinite(edge));
  return { type: 'numeric', edges: Float64Array.from(kept).sort(), min: min + 0, max: max + 0 };
}

/**
 * The layout that suits what a digest saw. At most 20 different values, all whole numbers, get a bin each, and a gap between two
 * of them in which another whole number could lie gets one too. Otherwise: `bins` bins of about equal mass, and atoms (at least 1/bins of the mass)
 * apart. Without values: one bin and the range from Infinity to -Infinity.
 *
 * @param bins at least 1. @throws RangeError otherwise.
 */
export function deriveNumericLayout(digest: TDigest, bins = 10): NumericLayout {
  if (!Number.isSafeInteger(bins) || bins < 1) throw new RangeError(`${bins} is no count of bins`);
  const { min, max } = digest;
  const { means } = digest.centroids();
  if (digest.exact && means.length <= MOST_INTEGER_BINS && means.every(Number.isInteger)) {
    return { type: 'numeric', edges: integerEdges(means), min, max };
  }
  const quantiles = Array.from({ length: bins - 1 }, (_, i) => digest.quantile((i + 1) / bins));
  return numericLayout(quantiles, digest.atoms(1 / bins), min, max);
}

function integerEdges(values: Float64Array): Float64Array {
  const edges: number[] = [];
  for (let i = 1; i < values.length; i++) {
    if (values[i] - values[i - 1] > 1) edges.push(nextUp(values[i - 1]));
    if (edges.at(-1) !== values[i]) edges.push(values[i]);
  }
  return Float64Array.from(edges);
}

/**
 * A bin for each of the most frequent categories, by count descending, then by name; the rest fall into the last bin.
 *
 * @param maxCategories at least 0; 100 by default.
 */
export function deriveCategoricalLayout(counts: CategoryCounts, maxCategories = 100): CategoricalLayout {
  const categories = counts.entries().slice(0, maxCategories);
  return { type: 'categorical', categories: categories.map(([category]) => category) };
}
