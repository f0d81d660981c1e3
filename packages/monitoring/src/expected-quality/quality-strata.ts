import type { WeightedCount } from '@tidemark/statistics';

/**
 * Events that a model answered alike: one predicted class and one bin of the score; of a regression, one bin of the predicted
 * value. What is expected of an answer is known by stratum, so that a window's inputs may move between strata at no fault of the model.
 */
export interface Stratum {
  /** The predicted class; empty for values. */
  readonly predicted: string;
  /** Bins are in the order of the score or the value. */
  readonly bin: number;
  /** Answered events, labelled or not. */
  readonly predictions: number;
  readonly labels: number;
  /** Of the labelled events: the sum of their weights, one divided by the probability of being chosen, and of the squares. */
  readonly weight: number;
  readonly weightSquares: number;
  /** Weighted sums of the loss and its square: 1 for a wrong class and 0 for the right one, or the absolute error of a value. */
  readonly loss: number;
  readonly lossSquares: number;
  /** The weighted sum of prediction less truth; 0 for classes. */
  readonly residual: number;
  /** The labelled events by true class; empty for values. */
  readonly truths: ReadonlyMap<string, WeightedCount>;
}

/** The sums of a window's strata. */
export interface StrataTotals {
  readonly predictions: number;
  readonly labels: number;
  readonly weight: number;
  /** How many labels of equal weight tell as much: (Σw)² ÷ Σw² (Kish 1965). */
  readonly effectiveLabels: number;
  /** Mean loss of the labelled events; NaN where there are none. */
  readonly loss: number;
}

export function totalsOfStrata(strata: readonly Stratum[]): StrataTotals {
  let predictions = 0;
  let labels = 0;
  let weight = 0;
  let squares = 0;
  let loss = 0;
  for (const stratum of strata) {
    predictions += stratum.predictions;
    labels += stratum.labels;
    weight += stratum.weight;
    squares += stratum.weightSquares;
    loss += stratum.loss;
  }
  return {
    predictions,
    labels,
    weight,
    effectiveLabels: squares > 0 ? (weight * weight) / squares : 0,
    loss: loss / weight,
  };
}

const NONE: WeightedCount = { weight: 0, weightSquares: 0 };

/** Of a stratum, the labelled events of a class. */
export function truthOf({ truths }: Stratum, name: string): WeightedCount {
  return truths.get(name) ?? NONE;
}
