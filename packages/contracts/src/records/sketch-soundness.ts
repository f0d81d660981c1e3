import type { ColumnSketch } from '@tidemark/sketches';

/** How far a mean may lie outside of its range, as a part of the range's greatest magnitude: rounding, no more. */
const ROUNDING = 1e-9;

/** Of a column in one record. So that no sum of them, over as many records as a window can have, leaves the whole numbers. */
const MOST_COUNTED = 2 ** 42;

/**
 * What is wrong with a sketch whose parts can each be read: they were counted over the same values, so they agree, and where they do
 * not, bytes were changed on the way. Null where all is well.
 */
export function contradictionIn(sketch: ColumnSketch): string | null {
  const { values, outOfRange, moments, digest, categories, bins } = sketch;
  const counted =
    values + sketch.nulls + sketch.nan + sketch.positiveInfinity + sketch.negativeInfinity + sketch.typeErrors;
  if (counted > MOST_COUNTED) return `it counts ${counted} cells, more than any record can`;
  if (outOfRange > values) return `${outOfRange} of ${values} values are out of range`;
  if (digest !== null) {
    if (digest.count !== values) return `its digest holds ${digest.count} of ${values} values`;
    if (moments.count !== values) return `its moments are of ${moments.count} of ${values} values`;
    const { mean, m2, min, max } = moments;
    const slack = ROUNDING * Math.max(Math.abs(min), Math.abs(max));
    if (values > 0 && !(min - slack <= mean && mean <= max + slack && m2 >= 0)) {
      return `a mean of ${mean} and squares of ${m2} do not go with the range from ${min} to ${max}`;
    }
  }
  if (categories !== null && categories.total !== values) {
    return `its categories hold ${categories.total} of ${values} values`;
  }
  if (bins !== null) {
    const binned = bins.reduce((sum, count) => sum + count, 0);
    // Counts that were estimated from a digest, or merged with some that had no bins, may be less.
    if (binned > values + 0.5) return `its bins hold ${binned} of ${values} values`;
  }
  return null;
}
