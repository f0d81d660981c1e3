import { normalQuantile } from '../distributions/normal.js';

/** What the mixture over bets costs against the best bet, in units of the logarithm. */
const MIXTURE_COST = 1.7;

/**
 * How many labels it takes until {@link logMeanEValue} shows a rise of a mean: with L = ln(1/α) and the mixture's cost, n such that
 * n δ − z √n σ ≥ √(2 n L) σ, in the normal limit.
 *
 * @param effect the rise δ, above 0. @param variance σ² of one label's difference: p (1 − p) of a share.
 * @param falseAlarm α: the e-value that is asked for is 1/α. @param power the probability that so many labels do.
 * @returns a whole number of equal labels; of unequal ones as many times more as (Σw)² ÷ Σw² is less than their number.
 * @throws RangeError where the effect is not above 0.
 *
 * @example
 * ```ts
 * labelsNeeded(0.05, 0.1 * 0.9); // 909
 * ```
 */
export function labelsNeeded(effect: number, variance: number, falseAlarm = 0.005, power = 0.9): number {
  if (!(effect > 0)) throw new RangeError(`an effect to be shown is above 0, not ${effect}`);
  const needed = Math.sqrt(2 * (MIXTURE_COST - Math.log(falseAlarm))) + normalQuantile(power);
  return Math.ceil((needed * needed * variance) / (effect * effect));
}
