import { normalCdf } from './normal.js';

/**
 * The logarithm of an e-value against "the sum's mean is at most 0": a one-sided mixture of normal likelihood ratios (Robbins,
 * Ann. Math. Stat. 1970; Howard, Ramdas, McAuliffe and Sekhon, Ann. Stat. 2021, proposition 6), for a sum whose increments are
 * sub-Gaussian with the given total variance. As the sum grows its e-value may be looked at any number of times: under the null it
 * ever reaches 1/α with a probability of at most α (Ville 1939).
 *
 * @param sum what exceeds the expectation, in all. @param variance its variance under the null, 0 or more.
 * @param scale the variance at which the mixture is tightest, above 0: that of the number of outcomes that one would like to
 *   decide with. It must not depend on the data.
 * @returns the natural logarithm, of any sign; 0 where the variance is 0: nothing has been seen.
 *
 * @example
 * ```ts
 * logMixtureEValue(40, 100, 100); // 4.344232
 * ```
 */
export function logMixtureEValue(sum: number, variance: number, scale: number): number {
  if (!(variance > 0)) return 0;
  const both = variance + scale;
  const tail = normalCdf(sum / Math.sqrt(both));
  return Math.log(2 * tail) + 0.5 * Math.log(scale / both) + (sum * sum) / (2 * both);
}
