import { regularizedBeta } from './incomplete-beta.js';
import { normalCdf, normalQuantile } from './normal.js';
import { logGamma } from './log-gamma.js';

/** From here on Student's distribution is the normal one to ten digits near its centre and a percent in the tails asked of it. */
const NORMAL_FROM = 1e6;

/**
 * The probability that Student's t exceeds a value (Abramowitz and Stegun 26.7.1, by the incomplete beta function).
 *
 * @param t any number.
 * @param df degrees of freedom, above 0; Infinity is the normal distribution.
 * @returns 0 to 1.
 *
 * @example
 * ```ts
 * studentTSf(2.228138852, 10); // 0.025
 * ```
 */
export function studentTSf(t: number, df: number): number {
  if (!(df > 0)) return NaN;
  if (df >= NORMAL_FROM) return normalCdf(-t);
  const square = t * t;
  const tail = regularizedBeta(df / (df + square), df / 2, 0.5, square / (df + square)) / 2;
  return t >= 0 ? tail : 1 - tail;
}

/**
 * The value that Student's t exceeds with a probability: the inverse of {@link studentTSf}, by Newton's method on the
 * logarithm of the tail from the normal quantile's Cornish–Fisher expansion (Abramowitz and Stegun 26.7.5).
 *
 * @param p above 0 and below 1.
 * @param df degrees of freedom, above 0; Infinity is the normal distribution.
 *
 * @example
 * ```ts
 * studentTUpperQuantile(0.025, 10); // 2.228139
 * studentTUpperQuantile(0.025, Infinity); // 1.959964
 * ```
 */
export function studentTUpperQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1 && df > 0)) return NaN;
  if (p > 0.5) return -studentTUpperQuantile(1 - p, df);
  const z = -normalQuantile(p);
  if (df >= NORMAL_FROM) return z;
  let t = z + (z ** 3 + z) / (4 * df) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * df * df);
  const logP = Math.log(p);
  const logFront = logGamma((df + 1) / 2) - logGamma(df / 2) - 0.5 * Math.log(df * Math.PI);
  for (let iteration = 0; iteration < 60; iteration++) {
    const tail = studentTSf(t, df);
    const density = Math.exp(logFront - ((df + 1) / 2) * Math.log1p((t * t) / df));
    const by = ((Math.log(tail) - logP) * tail) / density;
    // The logarithm of the tail is nearly that of a power far out: a step in t's own proportion converges from either side.
    t = Math.abs(by) > 0.5 * t ? t * Math.exp(by / Math.max(t, 1e-12)) : t + by;
    if (Math.abs(by) <= 1e-14 * Math.max(1, Math.abs(t))) break;
  }
  return t;
}
