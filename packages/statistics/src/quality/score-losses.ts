import type { Estimate } from './estimate.js';
import { sumOf, type BinError, type ScoredLabels } from './scored-labels.js';
import { weightedMean } from './weighted-mean.js';

/** Probabilities are taken to be at least so far from 0 and 1. */
const LEAST = 2 ** -52;

/**
 * The Brier score: the mean square by which the probability of the positive class misses the truth (Brier, Mon. Weather Rev. 1950).
 *
 * @returns 0 to 1; NaN without labels.
 *
 * @example
 * ```ts
 * brierScore(countedScores([0.2, 0.9], [1, 9], [9, 1])).value; // 0.095
 * ```
 */
export function brierScore(labels: ScoredLabels, confidence = 0.95): Estimate & BinError {
  return meanLoss(labels, (miss) => miss * miss, confidence, 1);
}

/**
 * The log loss: the mean of −ln of the probability given to the truth. Probabilities of 0 and 1 are taken as 2^-52 off.
 *
 * @returns 0 or more; NaN without labels. The bins' error is infinite where the truth is in a bin that reaches to probability 0.
 *
 * @example
 * ```ts
 * logLoss(countedScores([0.2, 0.9], [1, 9], [9, 1])).value; // 0.343428
 * ```
 */
export function logLoss(labels: ScoredLabels, confidence = 0.95): Estimate & BinError {
  return meanLoss(labels, (miss) => -Math.log(Math.max(LEAST, 1 - miss)), confidence, Infinity);
}

/** @param lossOf a loss that grows with the distance between the probability and the truth. */
function meanLoss(
  { scores, halfWidth, positives, positiveSquares, negatives, negativeSquares }: ScoredLabels,
  lossOf: (miss: number) => number,
  confidence: number,
  most: number,
): Estimate & BinError {
  const misses = [...Array.from(scores, (score) => 1 - score), ...Array.from(scores)];
  const weights = [...Array.from(positives), ...Array.from(negatives)];
  const squares = [...Array.from(positiveSquares), ...Array.from(negativeSquares)];
  const values = misses.map(lossOf);
  let error = 0;
  misses.forEach((miss, cell) => {
    if (weights[cell] === 0 || halfWidth === 0) return;
    const worst = miss + halfWidth >= 1 && most === Infinity ? Infinity : lossOf(Math.min(1, miss + halfWidth));
    const best = lossOf(Math.max(0, miss - halfWidth));
    error += weights[cell] * Math.max(worst - values[cell], values[cell] - best);
  });
  return { ...weightedMean(values, weights, squares, confidence, [0, most]), binError: error / sumOf(weights) };
}
