import { binomialPmf } from '../distributions/discrete-distributions.js';
import { noMoreProbable } from './exact-test.js';

export interface RateComparison {
  /** The second rate over the first; Infinity where only the first is 0, NaN where both are. */
  readonly ratio: number;
  readonly pValue: number;
}

/**
 * Whether two event rates are equal, by the exact conditional test of Przyborowski and Wilenski (Biometrika 1940): given the
 * sum of both counts, the second is binomial with its share of the time. Two-sided by probability. Events are taken
 * to arrive independently: bursty traffic varies more than this test expects.
 *
 * @param countBefore events of the first span; estimated counts are rounded.
 * @param secondsBefore its length, above 0, in any unit that both share.
 * @param countAfter events of the second span.
 * @param secondsAfter its length.
 * @returns p = 1 where there are no events at all; NaN where a span has no length.
 * @throws RangeError where a count or a length is negative or not finite.
 *
 * @example
 * ```ts
 * comparePoissonRates(3000, 3600, 320, 300).ratio; // 1.28
 * comparePoissonRates(3000, 3600, 320, 300).pValue; // 0.00004595
 * ```
 */
export function comparePoissonRates(
  countBefore: number,
  secondsBefore: number,
  countAfter: number,
  secondsAfter: number,
): RateComparison {
  for (const value of [countBefore, secondsBefore, countAfter, secondsAfter]) {
    if (!(value >= 0 && value < Infinity)) {
      throw new RangeError(`a rate needs a finite count and length of at least 0, not ${value}`);
    }
  }
  if (secondsBefore === 0 || secondsAfter === 0) return { ratio: NaN, pValue: NaN };
  const ratio = countAfter / secondsAfter / (countBefore / secondsBefore);
  const observed = Math.round(countAfter);
  const events = observed + Math.round(countBefore);
  const seconds = secondsBefore + secondsAfter;
  return { ratio, pValue: binomialTest(observed, events, secondsAfter / seconds, secondsBefore / seconds) };
}

/**
 * The exact binomial test, two-sided by probability (Clopper and Pearson's model, Biometrika 1934).
 *
 * @param successes 0 to trials, whole.
 * @param trials whole.
 * @param p the probability under the hypothesis, 0 to 1.
 * @param q 1 − p, where known more precisely.
 * @returns 0 to 1; 1 without trials.
 *
 * @example
 * ```ts
 * binomialTest(9, 10, 0.5); // 0.021484375
 * ```
 */
export function binomialTest(successes: number, trials: number, p: number, q = 1 - p): number {
  return noMoreProbable(
    {
      low: 0,
      high: trials,
      mode: Math.min(trials, Math.floor((trials + 1) * p)),
      pmf: (k) => binomialPmf(k, trials, p, q),
      ratio: (k) => ((trials - k) / (k + 1)) * (p / q),
    },
    successes,
  );
}
