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

/**
 * The e-value from which hypotheses are rejected so that the false discovery rate stays at most α, whatever the dependence between them (Wang and
 * Ramdas, J. R. Stat. Soc. B 2022): of K e-values the k greatest are rejected, with the greatest k whose k-th is at least K ÷ (k α).
 *
 * @param logEValues natural logarithms. @param rate α, above 0 and below 1.
 * @returns the natural logarithm of that e-value; that which the greatest would have had to reach where none does; that of 1/α without any.
 *
 * @example
 * ```ts
 * eBenjaminiHochberg([Math.log(30), Math.log(50), 0, 0], 0.1); // 2.995732
 * eBenjaminiHochberg([Math.log(30), 0, 0, 0], 0.1); // 3.688879
 * ```
 */
export function eBenjaminiHochberg(logEValues: ArrayLike<number>, rate: number): number {
  const descending = Array.from(logEValues).sort((a, b) => b - a);
  const tests = Math.max(1, descending.length);
  const required = (k: number): number => Math.log(tests / (k * rate));
  for (let k = descending.length; k > 0; k--) if (descending[k - 1] >= required(k)) return required(k);
  return required(1);
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
