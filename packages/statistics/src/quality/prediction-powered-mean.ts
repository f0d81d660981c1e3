import { NO_ESTIMATE, normalEstimate, type Estimate } from './estimate.js';

/** Sums over events, of which a few are labelled: y is what the label shows, f what was expected of the answer, w one divided by the probability of being labelled. */
export interface PoweredSums {
  /** Of the labelled: Σw, Σw², Σwy, Σwy², Σwf, Σwf², Σwyf. */
  readonly weight: number;
  readonly weightSquares: number;
  readonly observed: number;
  readonly observedSquares: number;
  readonly expected: number;
  readonly expectedSquares: number;
  readonly products: number;
  /** Of all events, the labelled among them: how many, and Σf. */
  readonly events: number;
  readonly expectedOfAll: number;
}

/** @property lambda how far the expectation is relied on, 0 (not at all) to 1. */
export interface PoweredMean extends Estimate {
  readonly lambda: number;
}

/**
 * The mean of y over all events from few labels and what is expected of each answer: prediction-powered inference with a tuned λ (PPI++:
 * Angelopoulos, Duchi and Zrnic 2023),
 *
 *     ȳ + λ (mean of f over all − mean of f over the labelled),   λ = cov(y, f) ÷ var(f), between 0 and 1,
 *
 * which is right whatever f is worth where the labelled were chosen by chance, and whose variance is at most that of the labels alone:
 * (var y − 2 λ r cov + λ² r var f) ÷ n with the unlabelled share r. n is that of as many equal labels as tell as much (Kish 1965).
 *
 * @returns NaN with fewer than two labels.
 *
 * @example
 * ```ts
 * const labelled = { weight: 100, weightSquares: 100, observed: 80, observedSquares: 80, expected: 82, expectedSquares: 72, products: 70 };
 * predictionPoweredMean({ ...labelled, events: 10_000, expectedOfAll: 7900 }).value; // 0.7723
 * predictionPoweredMean({ ...labelled, events: 10_000, expectedOfAll: 7900 }).lambda; // 0.924370
 * ```
 */
export function predictionPoweredMean(sums: PoweredSums, confidence = 0.95): PoweredMean {
  const { weight, weightSquares, events } = sums;
  const labels = weight > 0 ? (weight * weight) / weightSquares : 0;
  if (!(labels >= 2)) return { ...NO_ESTIMATE, lambda: NaN };
  const [y, f] = [sums.observed / weight, sums.expected / weight];
  const bessel = labels / (labels - 1);
  const varianceOfObserved = Math.max(0, sums.observedSquares / weight - y * y) * bessel;
  const varianceOfExpected = Math.max(0, sums.expectedSquares / weight - f * f) * bessel;
  const covariance = (sums.products / weight - y * f) * bessel;
  const lambda = varianceOfExpected > 0 ? Math.min(1, Math.max(0, covariance / varianceOfExpected)) : 0;
  const unlabelled = Math.max(0, 1 - labels / events);
  const gain = lambda * unlabelled * (2 * covariance - lambda * varianceOfExpected);
  const value = y + lambda * (sums.expectedOfAll / events - f);
  return { ...normalEstimate(value, Math.max(0, varianceOfObserved - gain) / labels, confidence), lambda };
}
