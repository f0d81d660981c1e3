/**
 * Labelled events of two classes by the score of their answer, in bins or one score each: by ascending score the sums of the weights of
 * either class and of their squares. Without weights both sums are the counts.
 */
export interface ScoredLabels {
  /** Ascending, the middles of bins; of probabilities 0 to 1. */
  readonly scores: ArrayLike<number>;
  /** How far a score may be from the middle of its bin; 0 where scores are exact. */
  readonly halfWidth: number;
  readonly positives: ArrayLike<number>;
  readonly positiveSquares: ArrayLike<number>;
  readonly negatives: ArrayLike<number>;
  readonly negativeSquares: ArrayLike<number>;
}

/** A figure of binned scores: the raw scores' own differs from it by at most so much. */
export interface BinError {
  readonly binError: number;
}

/** Scores without weights: a bin's counts. */
export function countedScores(
  scores: ArrayLike<number>,
  positives: ArrayLike<number>,
  negatives: ArrayLike<number>,
  halfWidth = 0,
): ScoredLabels {
  return { scores, halfWidth, positives, positiveSquares: positives, negatives, negativeSquares: negatives };
}

export function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at];
  return sum;
}
