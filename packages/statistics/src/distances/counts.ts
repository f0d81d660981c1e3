/**
 * Checks that two histograms have the same bins and hold counts.
 *
 * @throws RangeError where the lengths differ, or a count is negative, infinite or NaN.
 * @returns the totals of both.
 */
export function totalsOf(reference: ArrayLike<number>, window: ArrayLike<number>): readonly [number, number] {
  if (reference.length !== window.length) {
    throw new RangeError(
      `both histograms must have the same bins: the reference has ${reference.length}, the window ${window.length}`,
    );
  }
  return [totalOf(reference), totalOf(window)];
}

function totalOf(counts: ArrayLike<number>): number {
  let total = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    const count = counts[bin];
    if (!(count >= 0 && count < Infinity)) {
      throw new RangeError(`a bin's count must be finite and at least 0; bin ${bin} has ${count}`);
    }
    total += count;
  }
  return total;
}
