import { valueBin } from './answer-bins.js';
import { ExactSum } from './exact-sum.js';

/** The weighted sums that are kept of the outcomes of a cell, in the order in which they are encoded. */
export const VALUE_SUMS = [
  'weight',
  'weightSquares',
  'residual',
  'absolute',
  'squared',
  'relative',
  'truth',
  'truthSquared',
] as const;
export type ValueSum = (typeof VALUE_SUMS)[number];

/** Events of one bin of the predicted value. */
export interface ValueCell {
  readonly bin: number;
  predictions: number;
  labels: number;
  /**
   * Over labelled events with weight w, one divided by the probability of being chosen, prediction p and truth y: Σw, Σw², Σw(p − y),
   * Σw|p − y|, Σw(p − y)², Σw|p − y| ÷ |y| (where y is not 0), Σwy, Σwy².
   */
  readonly sums: Readonly<Record<ValueSum, ExactSum>>;
}

/** Predictions and outcomes of a regression by bin of the predicted value, and the residuals' histogram. */
export class ValueOutcomes {
  readonly #cells = new Map<number, ValueCell>();
  /** Labelled events by bin of the residual; see valueBin. */
  readonly #residuals = new Map<number, number>();

  /** By ascending bin. */
  cells(): ValueCell[] {
    return [...this.#cells.values()].sort((a, b) => a.bin - b.bin);
  }

  /** Counts by bin of the residual, ascending. */
  residuals(): (readonly [bin: number, count: number])[] {
    return [...this.#residuals].sort(([a], [b]) => a - b);
  }

  addPredictions(bin: number, count: number): void {
    const cell = this.#cellOf(bin);
    cell.predictions += count;
    this.#drop(cell);
  }

  addResiduals(bin: number, count: number): void {
    const sum = (this.#residuals.get(bin) ?? 0) + count;
    if (sum === 0) this.#residuals.delete(bin);
    else this.#residuals.set(bin, sum);
  }

  addOutcome(predicted: number, truth: number, weight: number, sign: 1 | -1): void {
    const cell = this.#cellOf(valueBin(predicted));
    const residual = predicted - truth;
    const terms: Record<ValueSum, number> = {
      weight,
      weightSquares: weight * weight,
      residual: weight * residual,
      absolute: weight * Math.abs(residual),
      squared: weight * residual * residual,
      relative: truth === 0 ? 0 : (weight * Math.abs(residual)) / Math.abs(truth),
      truth: weight * truth,
      truthSquared: weight * truth * truth,
    };
    cell.labels += sign;
    for (const name of VALUE_SUMS) cell.sums[name].add(terms[name], sign);
    this.addResiduals(valueBin(residual), sign);
    this.#drop(cell);
  }

  merge(other: ValueOutcomes): void {
    for (const cell of other.#cells.values()) this.mergeCell(cell);
    for (const [bin, count] of other.#residuals) this.addResiduals(bin, count);
  }

  mergeCell({ bin, predictions, labels, sums }: ValueCell): void {
    const cell = this.#cellOf(bin);
    cell.predictions += predictions;
    cell.labels += labels;
    for (const name of VALUE_SUMS) cell.sums[name].merge(sums[name]);
    this.#drop(cell);
  }

  #cellOf(bin: number): ValueCell {
    let cell = this.#cells.get(bin);
    if (cell === undefined) {
      const sums = Object.fromEntries(VALUE_SUMS.map((name) => [name, new ExactSum()])) as Record<ValueSum, ExactSum>;
      this.#cells.set(bin, (cell = { bin, predictions: 0, labels: 0, sums }));
    }
    return cell;
  }

  #drop({ bin, predictions, labels, sums }: ValueCell): void {
    if (predictions === 0 && labels === 0 && VALUE_SUMS.every((name) => sums[name].isZero)) this.#cells.delete(bin);
  }
}
