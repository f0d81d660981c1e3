import { deviationsAt, NO_ESTIMATE, type Estimate } from './estimate.js';
import { sumOf, type ScoredLabels } from './scored-labels.js';

/** A group of scores, as a reliability diagram shows it. */
export interface ReliabilityPoint {
  /** Mean probability that was given to the positive class. */
  readonly score: number;
  /** The share that was positive. */
  readonly observed: number;
  /** The sum of the weights. */
  readonly weight: number;
  /** How many equal labels tell as much. */
  readonly labels: number;
}

/**
 * The reliability diagram: the share of positives in groups of scores of equal width, empty ones left out.
 *
 * @param groups how many divide 0 to 1; bins are taken whole, by their middles.
 *
 * @example
 * ```ts
 * reliability(countedScores([0.22, 0.28, 0.95], [1, 1, 9], [3, 5, 1]), 10)[0].observed; // 0.2
 * ```
 */
export function reliability(labels: ScoredLabels, groups = 10): ReliabilityPoint[] {
  const { scores, positives, positiveSquares, negatives, negativeSquares } = labels;
  const sums = Array.from({ length: groups }, () => ({ score: 0, positive: 0, weight: 0, squares: 0 }));
  for (let bin = 0; bin < scores.length; bin++) {
    const weight = positives[bin] + negatives[bin];
    const group = sums[Math.min(groups - 1, Math.max(0, Math.floor(scores[bin] * groups)))];
    group.score += weight * scores[bin];
    group.positive += positives[bin];
    group.weight += weight;
    group.squares += positiveSquares[bin] + negativeSquares[bin];
  }
  return sums
    .filter(({ weight }) => weight > 0)
    .map(({ score, positive, weight, squares }) => ({
      ...{ score: score / weight, observed: positive / weight, weight },
      labels: (weight * weight) / squares,
    }));
}

/** With what chance alone makes of it: its mean where the scores are calibrated. */
export interface CalibrationError extends Estimate {
  readonly noise: number;
}

/**
 * The expected calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015): over groups of scores, the mean distance between the share
 * of positives and the mean score. It is above 0 by chance: the noise, Σ share · √(2/π · s (1 − s) ÷ labels), is stated beside it
 * and taken off the interval's lower end. The interval is normal and no shorter than stated, as distances are taken to vary like differences.
 *
 * @returns 0 to 1; NaN without labels.
 *
 * @example
 * ```ts
 * calibrationError(countedScores([0.25, 0.95], [20, 90], [80, 10])).value; // 0.05
 * calibrationError(countedScores([0.25, 0.95], [20, 90], [80, 10])).noise; // 0.0260
 * ```
 */
export function calibrationError(labels: ScoredLabels, groups = 10, confidence = 0.95): CalibrationError {
  const weight = sumOf(labels.positives) + sumOf(labels.negatives);
  if (!(weight > 0)) return { ...NO_ESTIMATE, noise: NaN };
  let [value, noise, variance] = [0, 0, 0];
  for (const point of reliability(labels, groups)) {
    const share = point.weight / weight;
    const score = Math.min(1, Math.max(0, point.score));
    value += share * Math.abs(point.observed - point.score);
    noise += share * Math.sqrt(((2 / Math.PI) * score * (1 - score)) / point.labels);
    const spread = Math.max(score * (1 - score), point.observed * (1 - point.observed));
    variance += (share * share * spread) / point.labels;
  }
  const half = deviationsAt(confidence) * Math.sqrt(variance);
  return { value, low: Math.max(0, value - noise - half), high: Math.min(1, value + half), noise };
}
