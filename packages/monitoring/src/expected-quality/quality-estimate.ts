import { predictionPoweredMean, type Estimate } from '@tidemark/statistics';
import type { QualityExpectation } from './quality-expectation.js';
import type { Stratum } from './quality-strata.js';

/**
 * The mean loss of all answers of a window from its few labels and what is expected of all answers together, by
 * prediction-powered inference. NaN where there are fewer than two labels.
 */
export function estimatedLoss(strata: readonly Stratum[], expectation: QualityExpectation): Estimate {
  const sums = {
    ...{ weight: 0, weightSquares: 0, observed: 0, observedSquares: 0, expected: 0, expectedSquares: 0, products: 0 },
    ...{ events: 0, expectedOfAll: 0 },
  };
  for (const stratum of strata) {
    const expected = expectation.expectedLossOf(stratum);
    sums.weight += stratum.weight;
    sums.weightSquares += stratum.weightSquares;
    sums.observed += stratum.loss;
    sums.observedSquares += stratum.lossSquares;
    sums.expected += stratum.weight * expected;
    sums.expectedSquares += stratum.weight * expected * expected;
    sums.products += stratum.loss * expected;
    sums.events += stratum.predictions;
    sums.expectedOfAll += stratum.predictions * expected;
  }
  return predictionPoweredMean(sums);
}
