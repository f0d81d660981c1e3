/**
 * Adjusted p-values that control the false discovery rate by the step-up procedure of Benjamini and Hochberg (J. R. Stat. Soc.
 * B 1995): rejecting those of at most α keeps the expected share of false rejections at α, for tests that are independent
 * or positively dependent (Benjamini and Yekutieli 2001).
 *
 * @param pValues 0 to 1; a NaN (nothing could be tested) stays NaN and counts as no test.
 * @returns adjusted p-values, in the order given.
 * @throws RangeError where a p-value is outside 0 to 1.
 *
 * @example
 * ```ts
 * benjaminiHochberg([0.01, 0.04, 0.03, 0.2])[0]; // 0.04
 * benjaminiHochberg([0.01, 0.04, 0.03, 0.2])[2]; // 0.05333333
 * ```
 */
export function benjaminiHochberg(pValues: ArrayLike<number>): Float64Array<ArrayBuffer> {
  return stepUp(pValues, () => 1);
}

/**
 * As {@link benjaminiHochberg}, under any dependence between the tests, at the price of a factor of 1 + 1/2 + … + 1/k for k
 * tests (Benjamini and Yekutieli, Ann. Stat. 2001).
 *
 * @throws RangeError where a p-value is outside 0 to 1.
 *
 * @example
 * ```ts
 * benjaminiYekutieli([0.01, 0.04, 0.03, 0.2])[0]; // 0.08333333
 * ```
 */
export function benjaminiYekutieli(pValues: ArrayLike<number>): Float64Array<ArrayBuffer> {
  return stepUp(pValues, harmonic);
}

function stepUp(pValues: ArrayLike<number>, factorOf: (tests: number) => number): Float64Array<ArrayBuffer> {
  const adjusted = Float64Array.from(pValues);
  const descending: number[] = [];
  adjusted.forEach((p, index) => {
    if (p < 0 || p > 1) throw new RangeError(`a p-value must be between 0 and 1; number ${index} is ${p}`);
    if (!Number.isNaN(p)) descending.push(index);
  });
  descending.sort((a, b) => adjusted[b] - adjusted[a]);
  const tests = descending.length;
  const factor = tests * factorOf(tests);
  let least = 1;
  descending.forEach((index, place) => {
    least = Math.min(least, (adjusted[index] * factor) / (tests - place));
    adjusted[index] = least;
  });
  return adjusted;
}

function harmonic(tests: number): number {
  let sum = 0;
  for (let k = tests; k >= 1; k--) sum += 1 / k;
  return sum;
}
