import type { ColumnSketch } from '@tidemark/sketches';

/** What is wrong with a decoded sketch: a count that is none, parts that do not add up. Null where it holds together. */
export function faultOfSketch(sketch: ColumnSketch): string | null {
  const { name, values, nulls, nan, positiveInfinity, negativeInfinity, typeErrors, outOfRange } = sketch;
  const counts = { values, nulls, nan, positiveInfinity, negativeInfinity, typeErrors, outOfRange };
  for (const [what, count] of Object.entries(counts)) {
    if (!Number.isSafeInteger(count) || count < 0) return `${name}: ${what} is ${count}`;
  }
  const { moments, digest, categories, bins, distinct } = sketch;
  if (digest !== null) {
    if (digest.count !== values) return `${name}: ${values} values, ${digest.count} in the digest`;
    if (moments.count !== values) return `${name}: ${values} values, ${moments.count} in the moments`;
    // A mean may be off by rounding.
    const slack = 1e-9 * Math.max(Math.abs(moments.min), Math.abs(moments.max));
    const within = moments.min - slack <= moments.mean && moments.mean <= moments.max + slack;
    if (values > 0 && !(within && moments.m2 >= 0)) {
      return `${name}: the mean ${moments.mean} of ${moments.min} to ${moments.max}, m2 ${moments.m2}`;
    }
    const { means, weights } = digest.centroids();
    if (![...means].every(Number.isFinite) || ![...weights].every((weight) => weight > 0)) return `${name}: its digest`;
  }
  if (categories !== null) {
    if (categories.total !== values) return `${name}: ${values} values, ${categories.total} in the categories`;
    if (!categories.entries().every(([, count]) => Number.isSafeInteger(count) && count >= 0))
      return `${name}: a category`;
    if (categories.other < 0) return `${name}: ${categories.other} other categories`;
  }
  if (bins !== null) {
    const sum = bins.reduce((total, count) => total + count, 0);
    // Counts that were estimated, or merged with some that had no bins, may be less.
    if (!bins.every((count) => count >= 0) || sum > values + 0.5) return `${name}: ${sum} of ${values} in bins`;
  }
  return distinct.registers.every((rank) => rank <= 64) ? null : `${name}: a register`;
}
