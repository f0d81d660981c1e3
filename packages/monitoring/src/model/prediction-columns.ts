/** Names that the columns of a prediction bear. Features may not begin with the prefix. */
export const PREDICTION_PREFIX = 'prediction.';

export const PREDICTION_COLUMNS = {
  score: 'prediction.score',
  class: 'prediction.class',
  value: 'prediction.value',
  confidence: 'prediction.confidence',
  /** Followed by the class: `prediction.probability.spam`. */
  probability: 'prediction.probability.',
} as const;
