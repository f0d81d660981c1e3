import { hypergeometricPmf } from '../distributions/discrete-distributions.js';
import { noMoreProbable } from './exact-test.js';

export interface TwoProportionTest {
  /** The second share less the first, −1 to 1. */
  readonly difference: number;
  readonly pValue: number;
}

/**
 * Fisher's exact test, two-sided, that two shares are equal (Fisher, J. R. Stat. Soc. 1935; the two sides by probability,
 * Freeman and Halton, Biometrika 1951). Chosen for rates of faults, which are mostly near 0, where tests by the normal
 * approximation raise false alarms at any sample size. It never exceeds its level, at the price of some power in small
 * samples, and false-discovery control needs p-values with just that property. The mid-p variant has more power but not that.
 * Cost in proportion to the standard deviation of the count: about 0.1 ms at a million values.
 *
 * @param faultsBefore how many of the first sample; estimated counts are rounded.
 * @param before size of the first sample.
 * @param faultsAfter how many of the second sample.
 * @param after size of the second sample.
 * @returns NaN in both fields where a sample is empty.
 * @throws RangeError where a count is negative, not finite or above its sample's size.
 *
 * @example
 * ```ts
 * twoProportionTest(3, 1000, 14, 1000).pValue; // 0.012365
 * twoProportionTest(3, 1000, 14, 1000).difference; // 0.011
 * ```
 */
export function twoProportionTest(
  faultsBefore: number,
  before: number,
  faultsAfter: number,
  after: number,
): TwoProportionTest {
  for (const [faults, of] of [
    [faultsBefore, before],
    [faultsAfter, after],
  ]) {
    if (!(faults >= 0 && faults <= of && of < Infinity)) {
      throw new RangeError(`a share needs a count between 0 and its sample's size, not ${faults} of ${of}`);
    }
  }
  const [n, m] = [Math.round(before), Math.round(after)];
  if (n === 0 || m === 0) return { difference: NaN, pValue: NaN };
  const difference = faultsAfter / after - faultsBefore / before;
  const observed = Math.round(faultsAfter);
  const faults = observed + Math.round(faultsBefore);
  return { difference, pValue: hypergeometricTest(observed, m, n, faults) };
}

function hypergeometricTest(observed: number, marked: number, unmarked: number, drawn: number): number {
  const low = Math.max(0, drawn - unmarked);
  const high = Math.min(marked, drawn);
  const mode = Math.floor(((drawn + 1) * (marked + 1)) / (marked + unmarked + 2));
  return noMoreProbable(
    {
      low,
      high,
      mode: Math.min(high, Math.max(low, mode)),
      pmf: (k) => hypergeometricPmf(k, marked, unmarked, drawn),
      ratio: (k) => ((marked - k) / (k + 1)) * ((drawn - k) / (unmarked - drawn + k + 1)),
    },
    observed,
  );
}
