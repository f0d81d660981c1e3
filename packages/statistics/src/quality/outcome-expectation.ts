import { isotonicBlocks } from './isotonic.js';
import type { ScoredLabels } from './scored-labels.js';

/** What is expected of answers whose score lies in a range: learnt from a baseline's labels. */
export interface ExpectedOutcome {
  /** The greatest score that it is for. */
  readonly upTo: number;
  /** Mean and variance of one outcome: a probability p and p (1 − p). */
  readonly mean: number;
  readonly variance: number;
  /** How many equal labels it rests on. */
  readonly labels: number;
}

/**
 * The probability of being positive by score, by isotonic regression on a baseline's labels (Zadrozny and Elkan, KDD 2002): so the score need be
 * no probability, only rise with it. Each probability is drawn towards that of all by one label, so that nothing is certain.
 *
 * @returns by ascending score, the last one for all above; none without labels.
 *
 * @example
 * ```ts
 * const blocks = calibratedOutcomes(countedScores([0.1, 0.5, 0.9], [1, 2, 17], [19, 8, 3]));
 * blocks[0].mean; // 0.066667
 * blocks[2].labels; // 20
 * ```
 */
export function calibratedOutcomes(labelled: ScoredLabels): ExpectedOutcome[] {
  const { scores, positives, negatives, positiveSquares, negativeSquares } = labelled;
  const weights = Array.from(positives, (weight, bin) => weight + negatives[bin]);
  const blocks = isotonicBlocks(
    weights.map((weight, bin) => positives[bin] / weight),
    weights,
  );
  const all = blocks.reduce((sum, { weight }) => sum + weight, 0);
  const overall = blocks.reduce((sum, { mean, weight }) => sum + mean * weight, 0) / all;
  return blocks.map(({ first, last, mean: raw, weight }, at) => {
    let squares = 0;
    for (let bin = first; bin <= last; bin++) squares += positiveSquares[bin] + negativeSquares[bin];
    const labels = (weight * weight) / squares;
    const mean = (raw * labels + overall) / (labels + 1);
    const upTo = at === blocks.length - 1 ? Infinity : (scores[last] + scores[blocks[at + 1].first]) / 2;
    return { upTo, mean, variance: mean * (1 - mean), labels };
  });
}

/** The place of what is expected at a score; -1 where nothing is. */
export function placeOf(outcomes: readonly ExpectedOutcome[], at: number): number {
  let [low, high] = [0, outcomes.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (outcomes[middle].upTo >= at) high = middle;
    else low = middle + 1;
  }
  return high;
}
