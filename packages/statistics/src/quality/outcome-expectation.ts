import { isotonicBlocks } from './isotonic.js';
import type { ScoredLabels } from './scored-labels.js';

/** What is expected of answers whose score, or predicted value, lies in a range: learnt from a baseline's labels. */
export interface ExpectedOutcome {
  /** The greatest score or value that it is for. */
  readonly upTo: number;
  /** Mean and variance of one outcome: of a probability p and p (1 − p). */
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

/** Sums over the labelled events of one bin: Σw, Σw², Σw x and Σw x² of their outcome x, such as a loss. */
export interface OutcomeSums {
  /** The score or predicted value that the bin is about. */
  readonly at: number;
  readonly weight: number;
  readonly weightSquares: number;
  readonly sum: number;
  readonly sumSquares: number;
}

/**
 * The mean outcome by score or predicted value where nothing is known of its course: neighbouring bins are pooled until they have labels
 * enough. Of a regression's loss it is honest only as far as the loss depends on the predicted value.
 *
 * @param bins by ascending place. @param leastLabels that each range has, in equal labels; all labels together where there are fewer.
 * @returns by ascending place, the last one for all above; none without labels.
 *
 * @example
 * ```ts
 * const bin = (at, n, mean) => ({ at, weight: n, weightSquares: n, sum: n * mean, sumSquares: 2 * n * mean * mean });
 * pooledOutcomes([bin(1, 20, 3), bin(2, 20, 5), bin(3, 30, 9)], 30)[0].mean; // 4
 * pooledOutcomes([bin(1, 20, 3), bin(2, 20, 5), bin(3, 30, 9)], 30)[1].variance; // 81
 * ```
 */
export function pooledOutcomes(bins: readonly OutcomeSums[], leastLabels = 25): ExpectedOutcome[] {
  const pools: OutcomeSums[] = [];
  const labelsOf = ({ weight, weightSquares }: OutcomeSums): number => (weight * weight) / weightSquares;
  let open: OutcomeSums | null = null;
  for (const bin of bins) {
    if (!(bin.weight > 0)) continue;
    open = open === null ? bin : together(open, bin);
    if (labelsOf(open) < leastLabels) continue;
    pools.push(open);
    open = null;
  }
  if (open !== null) {
    const last = pools.pop();
    pools.push(last === undefined ? open : together(last, open));
  }
  return pools.map((pool, at) => {
    const mean = pool.sum / pool.weight;
    const variance = Math.max(0, pool.sumSquares / pool.weight - mean * mean);
    // A pool's place is that of its last bin.
    return { upTo: at === pools.length - 1 ? Infinity : pool.at, mean, variance, labels: labelsOf(pool) };
  });
}

function together(a: OutcomeSums, b: OutcomeSums): OutcomeSums {
  return {
    at: b.at,
    weight: a.weight + b.weight,
    weightSquares: a.weightSquares + b.weightSquares,
    sum: a.sum + b.sum,
    sumSquares: a.sumSquares + b.sumSquares,
  };
}

/** The place of what is expected at a score or value; -1 where nothing is. */
export function placeOf(outcomes: readonly ExpectedOutcome[], at: number): number {
  let [low, high] = [0, outcomes.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (outcomes[middle].upTo >= at) high = middle;
    else low = middle + 1;
  }
  return high;
}
