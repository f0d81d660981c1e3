import type { QualityExpectation } from './quality-expectation.js';
import { totalsOfStrata, type Stratum } from './quality-strata.js';

/**
 * The mean loss of all answers of a window from its few labels and what is expected of all answers together: prediction-powered
 * inference with a tuned weight (PPI++: Angelopoulos, Duchi and Zrnic 2023). Unbiased whatever the expectation is worth, as long as
 * the labelled were chosen by chance; never less certain than the labels alone, as the weight would then be 0.
 *
 * @returns NaN, and a variance of NaN, where there are fewer than two labels.
 */
export function estimateOf(
  strata: readonly Stratum[],
  expectation: QualityExpectation,
): { readonly mean: number; readonly variance: number } {
  const { weight, predictions, effectiveLabels: n, loss } = totalsOfStrata(strata);
  if (!(n >= 2)) return { mean: NaN, variance: NaN };
  let labelledMean = 0;
  let labelledSquares = 0;
  let products = 0;
  let squares = 0;
  let mean = 0;
  let meanSquares = 0;
  for (const stratum of strata) {
    const shares = expectation.sharesOf(stratum);
    const expected =
      shares.length === 0
        ? expectation.loss
        : shares.reduce((sum, { group, share }) => sum + share * expectation.lossOf(group).mean, 0);
    labelledMean += (stratum.weight / weight) * expected;
    labelledSquares += (stratum.weight / weight) * expected * expected;
    products += (stratum.loss / weight) * expected;
    squares += stratum.lossSquares / weight;
    mean += (stratum.predictions / predictions) * expected;
    meanSquares += (stratum.predictions / predictions) * expected * expected;
  }
  const varianceOfLoss = Math.max(0, squares - loss * loss);
  const varianceLabelled = Math.max(0, labelledSquares - labelledMean * labelledMean);
  const covariance = products - loss * labelledMean;
  const varianceOfAll = Math.max(0, meanSquares - mean * mean);
  const most = varianceLabelled * (1 + n / predictions);
  const tuned = most > 0 ? Math.min(1, Math.max(0, covariance / most)) : 0;
  const variance =
    (varianceOfLoss - 2 * tuned * covariance + tuned * tuned * varianceLabelled) / n +
    (tuned * tuned * varianceOfAll) / predictions;
  return { mean: loss + tuned * (mean - labelledMean), variance: Math.max(0, variance) };
}
