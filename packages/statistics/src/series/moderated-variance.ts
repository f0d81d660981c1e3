import { digamma, trigamma } from '../distributions/polygamma.js';

/** Of so few variances no prior can be told. */
const LEAST_VARIANCES = 5;
const MOST_DEGREES = 500;

/** What many alike variances have in common: each is as if it had `degrees` further degrees of freedom of `variance`. */
export interface VariancePrior {
  /** 0 to 500. */
  readonly degrees: number;
  readonly variance: number;
}

/**
 * The prior of many variances estimated alike, from their own spread: a scaled inverse chi-square distribution fitted to
 * their logarithms by moments (Smyth, "Linear models and empirical Bayes methods", Stat. Appl. Genet. Mol. Biol. 2004,
 * section 6.2). A variance on few degrees of freedom, combined with it, no longer comes out far too low by chance.
 *
 * @param variances each at least 0. @param degrees the degrees of freedom of each, above 0.
 * @returns null for fewer than five variances.
 *
 * @example
 * ```ts
 * variancePrior([1, 1.1, 0.9, 1, 1.05], [20, 20, 20, 20, 20])?.degrees; // 500
 * ```
 */
export function variancePrior(variances: ArrayLike<number>, degrees: ArrayLike<number>): VariancePrior | null {
  const count = variances.length;
  if (count < LEAST_VARIANCES) return null;
  const logs = Array.from(variances, (variance, i) => {
    const half = degrees[i] / 2;
    return Math.log(Math.max(1e-9, variance)) - digamma(half) + Math.log(half);
  });
  const mean = logs.reduce((sum, log) => sum + log, 0) / count;
  const spread = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (count - 1);
  const excess = spread - Array.from(degrees, (each) => trigamma(each / 2)).reduce((sum, x) => sum + x, 0) / count;
  const prior = excess > 0 ? degreesOf(excess) : MOST_DEGREES;
  return { degrees: prior, variance: Math.exp(mean + digamma(prior / 2) - Math.log(prior / 2)) };
}

/**
 * A variance with its prior's added to it: the mean of the two, weighed by their degrees of freedom.
 *
 * @example
 * ```ts
 * moderatedVariance(2, 10, { degrees: 30, variance: 1 }); // 1.25
 * ```
 */
export function moderatedVariance(variance: number, degrees: number, prior: VariancePrior | null): number {
  if (prior === null) return variance;
  return (prior.degrees * prior.variance + degrees * variance) / (prior.degrees + degrees);
}

/** The degrees of freedom at which trigamma of their half is as given, by bisection. */
function degreesOf(excess: number): number {
  let low = 0.2;
  let high = MOST_DEGREES;
  for (let i = 0; i < 60; i++) {
    const middle = Math.sqrt(low * high);
    if (trigamma(middle / 2) > excess) low = middle;
    else high = middle;
  }
  return low;
}
