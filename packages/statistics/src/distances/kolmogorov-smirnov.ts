import { kolmogorovSmirnovSf } from '../distributions/kolmogorov-distribution.js';
import { forEachStretch, type PiecewiseCdf } from './piecewise-cdf.js';

/** Up to so many cells of the lattice of sample sizes the p-value is exact; that takes about a millisecond. */
const EXACT_CELLS = 250_000;
/** The statistic is a difference of rounded quotients: a lattice point this near to it has reached it. */
const ROUNDING = 1e-12;

/**
 * The two-sample Kolmogorov–Smirnov statistic: the greatest difference between two distribution functions (Smirnov 1939).
 * Exact for exact functions, ties included.
 *
 * @returns 0 to 1; NaN where either has no values.
 *
 * @example
 * ```ts
 * ksStatistic(empiricalCdf([1, 2, 3, 4]), empiricalCdf([3, 4, 5, 6])); // 0.5
 * ```
 */
export function ksStatistic(a: PiecewiseCdf, b: PiecewiseCdf): number {
  if (a.xs.length === 0 || b.xs.length === 0) return NaN;
  let greatest = 0;
  forEachStretch(a, b, (_, aStart, bStart, aEnd, bEnd) => {
    greatest = Math.max(greatest, Math.abs(aStart - bStart), Math.abs(aEnd - bEnd));
  });
  return greatest;
}

/**
 * The probability that two samples of one continuous distribution differ by at least d. Exact where n · m is at most
 * 250,000: the share of lattice paths that leave the band (Hodges, Ark. Mat. 1958), by a recursion without cancellation
 * (Viehmann, arXiv 2102.08037). Beyond, the one-sample distribution of the rounded effective size n m / (n + m). With ties it is
 * conservative. Draws are taken to be independent.
 *
 * @param d the KS statistic, 0 to 1.
 * @param n values on one side, a whole number.
 * @param m values on the other.
 * @returns 0 to 1; NaN where d is NaN or a side has no values.
 *
 * @example
 * ```ts
 * ksPValue(0.5, 4, 4); // 0.7714286
 * ksPValue(0.05, 5000, 1000); // 0.0300043
 * ```
 */
export function ksPValue(d: number, n: number, m: number): number {
  if (!(n >= 1 && m >= 1) || Number.isNaN(d)) return NaN;
  if (d <= 0) return 1;
  if (n * m <= EXACT_CELLS) return shareOfPathsOutside(d, n, m);
  return kolmogorovSmirnovSf(d, Math.round((n / (n + m)) * m));
}

/** The mean of Kolmogorov's distribution, √(π/2) ln 2 (Marsaglia, Tsang and Wang, J. Stat. Softw. 2003). */
const KOLMOGOROV_MEAN = Math.sqrt(Math.PI / 2) * Math.LN2;

/**
 * What the KS statistic is on average when nothing has changed and the column is continuous: √(π/2) ln 2 · √(1/n + 1/m), asymptotically;
 * discrete columns have less.
 *
 * @returns 0 or more; Infinity where a side has no values.
 *
 * @example
 * ```ts
 * ksBias(5000, 1000); // 0.030094
 * ```
 */
export function ksBias(n: number, m: number): number {
  return KOLMOGOROV_MEAN * Math.sqrt(1 / n + 1 / m);
}

/**
 * A confidence interval of the greatest difference of two distribution functions, whatever they are: each empirical one is within
 * √(ln(4 / (1 − confidence)) / 2n) of its own everywhere (Massart, Ann. Probab. 1990), and distances obey the triangle inequality. Conservative.
 *
 * @param d the KS statistic, 0 to 1.
 * @param sketchError what `ksError` gives for sketches, 0 for exact functions.
 * @returns from, to, 0 to 1; NaN where d is NaN or a side has no values.
 *
 * @example
 * ```ts
 * ksInterval(0.2, 5000, 1000)[0]; // 0.132258
 * ```
 */
export function ksInterval(
  d: number,
  n: number,
  m: number,
  confidence = 0.95,
  sketchError = 0,
): readonly [low: number, high: number] {
  if (!(n >= 1 && m >= 1) || Number.isNaN(d)) return [NaN, NaN];
  const logarithm = Math.log(4 / (1 - confidence)) / 2;
  const reach = Math.sqrt(logarithm / n) + Math.sqrt(logarithm / m) + sketchError;
  return [Math.max(0, d - reach), Math.min(1, d + reach)];
}

/**
 * Of all orders in which n and m values can fall, the share whose two distribution functions differ by d somewhere. The
 * last of the i + j first values is one of the i with probability i / (i + j), whence the recursion over the lattice.
 */
function shareOfPathsOutside(d: number, n: number, m: number): number {
  const row = new Float64Array(m + 1);
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= m; j++) {
      if (Math.abs(i / n - j / m) >= d - ROUNDING) row[j] = 1;
      else if (i + j === 0) row[j] = 0;
      else row[j] = ((i > 0 ? i * row[j] : 0) + (j > 0 ? j * row[j - 1] : 0)) / (i + j);
    }
  }
  return row[m];
}
