import { deviationsAt, NO_ESTIMATE, type Estimate } from './estimate.js';
import { sumOf } from './scored-labels.js';

/**
 * A quantile of residuals that were counted by bin. The interval is that of order statistics: the ranks between which the quantile lies are
 * binomial (David and Nagaraja, Order Statistics, 2003), here by their normal limit.
 *
 * @param residuals a value for each bin, ascending. @param counts how many are in it.
 * @param level between 0 and 1.
 * @returns one of the values: as exact as the bins are; NaN without residuals.
 *
 * @example
 * ```ts
 * residualQuantile([-2, 0, 1], [10, 70, 20], 0.9).value; // 1
 * residualQuantile([-2, 0, 1], [10, 70, 20], 0.5).low; // 0
 * ```
 */
export function residualQuantile(
  residuals: ArrayLike<number>,
  counts: ArrayLike<number>,
  level: number,
  confidence = 0.95,
): Estimate {
  const n = sumOf(counts);
  if (!(n > 0)) return NO_ESTIMATE;
  const half = deviationsAt(confidence) * Math.sqrt((level * (1 - level)) / n);
  const at = (share: number): number => {
    let below = 0;
    for (let bin = 0; bin < counts.length; bin++) {
      below += counts[bin];
      if (below > 0 && below >= share * n) return residuals[bin];
    }
    return residuals[residuals.length - 1];
  };
  return { value: at(level), low: at(Math.max(0, level - half)), high: at(Math.min(1, level + half)) };
}

/**
 * The fourth moment of residuals about 0 in units of the squared second: how much a mean square error varies. A normal distribution has 3.
 *
 * @returns 1 or more; NaN without residuals or where all are 0.
 *
 * @example
 * ```ts
 * residualKurtosis([-1, 0, 1], [1, 2, 1]); // 2
 * ```
 */
export function residualKurtosis(residuals: ArrayLike<number>, counts: ArrayLike<number>): number {
  let [second, fourth] = [0, 0];
  for (let bin = 0; bin < counts.length; bin++) {
    const square = residuals[bin] * residuals[bin];
    second += counts[bin] * square;
    fourth += counts[bin] * square * square;
  }
  return (fourth / second / second) * sumOf(counts);
}
