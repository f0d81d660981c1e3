/** What a model answered in one event, as its quality is measured. What it did not say is null, or not in the map. */
export interface Answer {
  /** Of any range; of two classes by custom the probability of the positive one. */
  readonly score: number | null;
  readonly class: string | null;
  /** The predicted value of a regression. */
  readonly value: number | null;
  /** How sure the model was, 0 to 1 by custom. */
  readonly confidence: number | null;
  /** The probability of each class, 0 to 1. */
  readonly probabilities: ReadonlyMap<string, number>;
}

/** The ground truth of one event; at least one of the two is known. */
export interface Truth {
  readonly class: string | null;
  /** The true value of a regression. */
  readonly value: number | null;
}
