import { totalsOf } from './counts.js';

/**
 * The total variation distance over counts in the same bins: ½ Σ |p − q|, the share of values that would have to change
 * their bin (Levin, Peres and Wilmer, "Markov Chains and Mixing Times", 2009, proposition 4.2).
 *
 * @returns 0 (same shares) to 1 (no bin in common); NaN where either side holds no values.
 * @throws RangeError where the bins differ or a count is no count.
 *
 * @example
 * ```ts
 * totalVariation([100, 200, 100], [150, 150, 100]); // 0.125
 * ```
 */
export function totalVariation(reference: ArrayLike<number>, window: ArrayLike<number>): number {
  const [n, m] = totalsOf(reference, window);
  if (n === 0 || m === 0) return NaN;
  let sum = 0;
  for (let bin = 0; bin < reference.length; bin++) sum += Math.abs(reference[bin] / n - window[bin] / m);
  return Math.min(1, sum / 2);
}

/**
 * What {@link totalVariation} is on average when nothing has changed: ½ Σ √(2/π · p (1 − p) (1/n + 1/m)) over the pooled shares p, as
 * each difference of shares is then nearly normal. It holds where every bin expects several values; `permutationTest` needs none.
 *
 * @returns 0 or more; NaN where either side holds no values.
 * @throws RangeError where the bins differ or a count is no count.
 *
 * @example
 * ```ts
 * totalVariationBias([100, 200, 100], [150, 150, 100]); // 0.039285
 * ```
 */
export function totalVariationBias(reference: ArrayLike<number>, window: ArrayLike<number>): number {
  const [n, m] = totalsOf(reference, window);
  if (n === 0 || m === 0) return NaN;
  let sum = 0;
  for (let bin = 0; bin < reference.length; bin++) {
    const share = (reference[bin] + window[bin]) / (n + m);
    sum += Math.sqrt(share * (1 - share));
  }
  return Math.sqrt((1 / n + 1 / m) / (2 * Math.PI)) * sum;
}
