import { normalEstimate, type Estimate } from './estimate.js';
import { weightedShare, type WeightedCount } from './weighted-share.js';

/** Labelled events by true and predicted class. */
export class ConfusionTable {
  readonly #weights: Float64Array;
  readonly #squares: Float64Array;

  /**
   * @example
   * ```ts
   * const table = new ConfusionTable(2);
   * table.add(1, 1, 40);
   * table.add(1, 0, 10);
   * recall(table, 1).value; // 0.8
   * ```
   */
  constructor(readonly classes: number) {
    this.#weights = new Float64Array(classes * classes);
    this.#squares = new Float64Array(classes * classes);
  }

  /** @param weight the sum of the weights of the events added. @param weightSquares that of the squares. */
  add(truth: number, predicted: number, weight: number, weightSquares = weight): void {
    this.#weights[truth * this.classes + predicted] += weight;
    this.#squares[truth * this.classes + predicted] += weightSquares;
  }

  at(truth: number, predicted: number): WeightedCount {
    const cell = truth * this.classes + predicted;
    return { weight: this.#weights[cell], weightSquares: this.#squares[cell] };
  }

  /** The events of the cells that a condition takes. */
  sum(takes: (truth: number, predicted: number) => boolean): WeightedCount {
    let weight = 0;
    let weightSquares = 0;
    for (let cell = 0; cell < this.#weights.length; cell++) {
      if (!takes(Math.floor(cell / this.classes), cell % this.classes)) continue;
      weight += this.#weights[cell];
      weightSquares += this.#squares[cell];
    }
    return { weight, weightSquares };
  }
}

/**
 * The share of right answers. Its interval, as that of the other shares here, is {@link weightedShare}'s.
 *
 * @returns NaN without events.
 *
 * @example
 * ```ts
 * const table = new ConfusionTable(2);
 * table.add(0, 0, 70);
 * table.add(1, 0, 30);
 * accuracy(table).value; // 0.7
 * ```
 */
export function accuracy(table: ConfusionTable, confidence?: number): Estimate {
  return shareOf(table, (truth, predicted) => truth === predicted, everything, confidence);
}

/**
 * Of the answers that name a class, the share that is right.
 *
 * @returns NaN where no answer names it.
 *
 * @example
 * ```ts
 * const table = new ConfusionTable(2);
 * table.add(1, 1, 60);
 * table.add(0, 1, 20);
 * precision(table, 1).value; // 0.75
 * ```
 */
export function precision(table: ConfusionTable, of: number, confidence?: number): Estimate {
  return shareOf(
    table,
    (truth) => truth === of,
    (_, predicted) => predicted === of,
    confidence,
  );
}

/**
 * Of the events of a class, the share whose answer names it.
 *
 * @returns NaN where there are none.
 *
 * @example
 * ```ts
 * const table = new ConfusionTable(2);
 * table.add(1, 1, 60);
 * table.add(1, 0, 40);
 * recall(table, 1).value; // 0.6
 * ```
 */
export function recall(table: ConfusionTable, of: number, confidence?: number): Estimate {
  return shareOf(
    table,
    (_, predicted) => predicted === of,
    (truth) => truth === of,
    confidence,
  );
}

/**
 * The harmonic mean of precision and recall, 2 TP ÷ (2 TP + FP + FN). It is 2 J ÷ (1 + J) of the share J = TP ÷ (TP + FP + FN), and its
 * interval that of J, which keeps it within 0 and 1.
 *
 * @returns NaN where the class is neither true nor predicted.
 *
 * @example
 * ```ts
 * const table = new ConfusionTable(2);
 * table.add(1, 1, 60);
 * table.add(1, 0, 40);
 * f1(table, 1).value; // 0.75
 * ```
 */
export function f1(table: ConfusionTable, of: number, confidence?: number): Estimate {
  const jaccard = shareOf(
    table,
    (truth, predicted) => truth === of && predicted === of,
    (truth, predicted) => truth === of || predicted === of,
    confidence,
  );
  const f1Of = (share: number): number => (2 * share) / (1 + share);
  return { value: f1Of(jaccard.value), low: f1Of(jaccard.low), high: f1Of(jaccard.high) };
}

/**
 * The mean of the classes' F1, those that are neither true nor predicted left out; the interval by the delta method.
 *
 * @returns NaN without events.
 *
 * @example
 * ```ts
 * const table = new ConfusionTable(2);
 * table.add(1, 1, 60);
 * table.add(1, 0, 40);
 * macroF1(table).value; // 0.375
 * ```
 */
export function macroF1(table: ConfusionTable, confidence = 0.95): Estimate {
  const slopes = new Float64Array(table.classes);
  const scores = new Float64Array(table.classes);
  let used = 0;
  for (let of = 0; of < table.classes; of++) {
    const right = table.at(of, of).weight;
    const twice = table.sum((truth) => truth === of).weight + table.sum((_, predicted) => predicted === of).weight;
    if (!(twice > 0)) continue;
    used++;
    slopes[of] = 1 / twice;
    scores[of] = (2 * right) / twice;
  }
  if (used === 0) return normalEstimate(NaN, NaN, confidence);
  let variance = 0;
  for (let truth = 0; truth < table.classes; truth++) {
    for (let predicted = 0; predicted < table.classes; predicted++) {
      const [own, other] = [slopes[truth] * scores[truth], slopes[predicted] * scores[predicted]];
      const slope = truth === predicted ? 2 * slopes[truth] - 2 * own : -own - other;
      variance += table.at(truth, predicted).weightSquares * (slope / used) ** 2;
    }
  }
  const value = scores.reduce((sum, score) => sum + score, 0) / used;
  return normalEstimate(value, variance, confidence, [0, 1]);
}

function shareOf(
  table: ConfusionTable,
  part: (truth: number, predicted: number) => boolean,
  whole: (truth: number, predicted: number) => boolean,
  confidence?: number,
): Estimate {
  return weightedShare(
    table.sum((truth, predicted) => whole(truth, predicted) && part(truth, predicted)),
    table.sum((truth, predicted) => whole(truth, predicted) && !part(truth, predicted)),
    confidence,
  );
}

function everything(): boolean {
  return true;
}
