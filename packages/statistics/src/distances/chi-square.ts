import { totalsOf } from './counts.js';
import { chiSquareSf } from '../distributions/incomplete-gamma.js';

export interface ChiSquareTest {
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  readonly pValue: number;
}

/**
 * Pearson's chi-square test that two histograms over the same bins are draws from one distribution (Pearson, Phil. Mag. 1900;
 * homogeneity of a 2 × B table). No continuity correction. Bins empty on both sides are left out and cost no degree of freedom.
 * The p-value is asymptotic: it wants about five expected values in each bin (Cochran, Biometrics 1954), so pool rare ones first.
 *
 * @returns the statistic (0 or more), bins − 1 degrees of freedom, and the upper tail's p-value. With one bin in use there is
 *   nothing to differ: 0, 0 and 1. All three are NaN where either side holds no values.
 * @throws RangeError where the bins differ or a count is no count.
 *
 * @example
 * ```ts
 * chiSquare([100, 200, 100], [150, 150, 100]).statistic; // 17.142857
 * chiSquare([100, 200, 100], [150, 150, 100]).pValue; // 0.00018944
 * ```
 */
export function chiSquare(reference: ArrayLike<number>, window: ArrayLike<number>): ChiSquareTest {
  const [n, m] = totalsOf(reference, window);
  if (n === 0 || m === 0) return { statistic: NaN, degreesOfFreedom: NaN, pValue: NaN };
  let statistic = 0;
  let used = 0;
  for (let bin = 0; bin < reference.length; bin++) {
    const pooled = reference[bin] + window[bin];
    if (pooled === 0) continue;
    used++;
    const difference = reference[bin] / n - window[bin] / m;
    statistic += (difference * difference) / pooled;
  }
  statistic *= n * m;
  const degreesOfFreedom = used - 1;
  return {
    statistic,
    degreesOfFreedom,
    pValue: degreesOfFreedom === 0 ? 1 : chiSquareSf(statistic, degreesOfFreedom),
  };
}
