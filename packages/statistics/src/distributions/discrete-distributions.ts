import { stirlingError } from './log-gamma.js';

const TWO_PI = 2 * Math.PI;

/**
 * x ln(x / mean) + mean − x, half a Poisson deviance: by a series where x is near the mean, where the parts would cancel
 * (Loader, "Fast and accurate computation of binomial probabilities", 2000).
 *
 * @param x 0 or more.
 * @param mean above 0.
 * @returns 0 or more.
 */
export function devianceTerm(x: number, mean: number): number {
  if (x === 0) return mean;
  const difference = x - mean;
  if (Math.abs(difference) >= 0.1 * (x + mean)) return x * Math.log(x / mean) - difference;
  // With v = (x − mean)/(x + mean), ln(x / mean) = 2 (v + v³/3 + v⁵/5 + …).
  const v = difference / (x + mean);
  let sum = difference * v;
  let power = 2 * x * v;
  for (let k = 3; ; k += 2) {
    power *= v * v;
    const next = sum + power / k;
    if (next === sum) return sum;
    sum = next;
  }
}

/**
 * The density of a Poisson count: meanˣ e^(−mean) / x!, for any real x of 0 or more (Loader 2000).
 *
 * @param x 0 or more; need not be whole, as the incomplete gamma function uses it too.
 * @param mean 0 or more.
 *
 * @example
 * ```ts
 * poissonPmf(3, 2.5); // 0.213763
 * ```
 */
export function poissonPmf(x: number, mean: number): number {
  if (mean === 0) return x === 0 ? 1 : 0;
  if (x === 0) return Math.exp(-mean);
  return Math.exp(-stirlingError(x) - devianceTerm(x, mean)) / Math.sqrt(TWO_PI * x);
}

/**
 * The probability of x successes in n trials, for any real x and n (Loader 2000).
 *
 * @param x 0 to n.
 * @param n 0 or more.
 * @param p a trial's probability of success, 0 to 1.
 * @param q 1 − p, for a caller who knows it more precisely than the subtraction gives it.
 *
 * @example
 * ```ts
 * binomialPmf(3, 10, 0.2); // 0.201327
 * ```
 */
export function binomialPmf(x: number, n: number, p: number, q = 1 - p): number {
  if (p === 0) return x === 0 ? 1 : 0;
  if (q === 0) return x === n ? 1 : 0;
  if (x === 0) return Math.exp(n * (p < 0.5 ? Math.log1p(-p) : Math.log(q)));
  if (x === n) return Math.exp(n * (q < 0.5 ? Math.log1p(-q) : Math.log(p)));
  const y = n - x;
  const exponent =
    stirlingError(n) - stirlingError(x) - stirlingError(y) - devianceTerm(x, n * p) - devianceTerm(y, n * q);
  return Math.exp(exponent) * Math.sqrt(n / (TWO_PI * x * y));
}

/**
 * The probability of x marked ones among `drawn` draws without replacement from a population with `marked` and `unmarked`
 * ones, as a ratio of three binomials (Loader 2000).
 *
 * @example
 * ```ts
 * hypergeometricPmf(2, 5, 10, 6); // 0.41958
 * ```
 */
export function hypergeometricPmf(x: number, marked: number, unmarked: number, drawn: number): number {
  if (x < Math.max(0, drawn - unmarked) || x > Math.min(marked, drawn)) return 0;
  const population = marked + unmarked;
  if (drawn === 0 || drawn === population) return 1;
  const p = drawn / population;
  const q = (population - drawn) / population;
  return binomialPmf(x, marked, p, q) * (binomialPmf(drawn - x, unmarked, p, q) / binomialPmf(drawn, population, p, q));
}
