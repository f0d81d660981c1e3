import { ExactSum } from './exact-sum.js';
import { foldString, hashHigh } from './hash.js';

/** The class in which those are counted that have no place of their own. */
export const OTHER_CLASS = '(other)';
/** So many classes have a place of their own. */
export const MOST_CLASSES = 64;

/** Labelled events of one true class. */
export interface TruthCounts {
  count: number;
  /** Sums of their weights, one divided by the probability of being chosen, and of the squares. */
  readonly weight: ExactSum;
  readonly weightSquares: ExactSum;
}

/** Events of one predicted class and one bin of the score. */
export interface ClassCell {
  /** Null where the model named none. */
  readonly predicted: string | null;
  readonly bin: number;
  predictions: number;
  readonly truths: Map<string, TruthCounts>;
}

/** Predictions and outcomes by predicted class, bin of the score and true class. All parts are sums: they add up and can be taken back. */
export class ClassOutcomes {
  readonly #cells = new Map<string, ClassCell>();
  readonly #classes = new Set<string>();

  /** Cells by their class and bin, so that equal contents are in one order. */
  cells(): ClassCell[] {
    return [...this.#cells.values()].sort(
      (a, b) =>
        compare(a.predicted ?? '', b.predicted ?? '') ||
        a.bin - b.bin ||
        Number(a.predicted !== null) - Number(b.predicted !== null),
    );
  }

  addPredictions(predicted: string | null, bin: number, count: number): void {
    const cell = this.#cellOf(predicted, bin);
    cell.predictions += count;
    this.#drop(cell);
  }

  addTruths(predicted: string | null, bin: number, truth: string, counts: TruthCounts): void {
    // Both names may claim a place, and only then is it known where the counts belong.
    const name = this.#placeOf(truth);
    const cell = this.#cellOf(predicted, bin);
    const known = this.#truthOf(cell, this.#classes.has(name) ? name : OTHER_CLASS);
    known.count += counts.count;
    known.weight.merge(counts.weight);
    known.weightSquares.merge(counts.weightSquares);
    this.#drop(cell);
  }

  /** @param weight 1 or more. */
  addOutcome(predicted: string | null, bin: number, truth: string, weight: number, sign: 1 | -1): void {
    const counts = { count: sign, weight: new ExactSum(), weightSquares: new ExactSum() };
    counts.weight.add(weight, sign);
    counts.weightSquares.add(weight * weight, sign);
    this.addTruths(predicted, bin, truth, counts);
  }

  merge(other: ClassOutcomes): void {
    for (const { predicted, bin, predictions, truths } of other.#cells.values()) {
      if (predictions !== 0) this.addPredictions(predicted, bin, predictions);
      for (const [truth, counts] of truths) this.addTruths(predicted, bin, truth, counts);
    }
  }

  #cellOf(predicted: string | null, bin: number): ClassCell {
    const name = predicted === null ? null : this.#placeOf(predicted);
    const key = name === null ? `${bin}` : `${bin}\u0000${name}`;
    let cell = this.#cells.get(key);
    if (cell === undefined) this.#cells.set(key, (cell = { predicted: name, bin, predictions: 0, truths: new Map() }));
    return cell;
  }

  #truthOf({ truths }: ClassCell, name: string): TruthCounts {
    let counts = truths.get(name);
    if (counts === undefined) {
      truths.set(name, (counts = { count: 0, weight: new ExactSum(), weightSquares: new ExactSum() }));
    }
    return counts;
  }

  /** Nothing is kept of what was taken back, so that it is as if it had never come. */
  #drop(cell: ClassCell): void {
    for (const [name, { count, weight }] of cell.truths) if (count === 0 && weight.isZero) cell.truths.delete(name);
    if (cell.predictions === 0 && cell.truths.size === 0) {
      this.#cells.delete(cell.predicted === null ? `${cell.bin}` : `${cell.bin}\u0000${cell.predicted}`);
    }
  }

  /** Where a class is counted. Of too many, those of the least hash keep their places, in whatever order they come. */
  #placeOf(name: string): string {
    if (this.#classes.has(name) || name === OTHER_CLASS) return name;
    this.#classes.add(name);
    if (this.#classes.size <= MOST_CLASSES) return name;
    const last = [...this.#classes].reduce((a, b) => (rank(b) > rank(a) || (rank(b) === rank(a) && b > a) ? b : a));
    this.#classes.delete(last);
    if (last === name) return OTHER_CLASS;
    this.#moveToOther(last);
    return name;
  }

  #moveToOther(gone: string): void {
    for (const cell of [...this.#cells.values()]) {
      const counts = cell.truths.get(gone);
      if (counts !== undefined) {
        cell.truths.delete(gone);
        const other = this.#truthOf(cell, OTHER_CLASS);
        other.count += counts.count;
        other.weight.merge(counts.weight);
        other.weightSquares.merge(counts.weightSquares);
      }
      if (cell.predicted !== gone) continue;
      this.#cells.delete(`${cell.bin}\u0000${gone}`);
      this.addPredictions(OTHER_CLASS, cell.bin, cell.predictions);
      for (const [truth, each] of cell.truths) this.addTruths(OTHER_CLASS, cell.bin, truth, each);
    }
  }
}

function rank(name: string): number {
  return hashHigh(...foldString(name)) >>> 0;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
