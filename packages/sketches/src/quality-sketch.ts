import { classOf, sureness, valueBin } from './answer-bins.js';
import type { Answer, Truth } from './answer.js';
import { ClassOutcomes } from './class-outcomes.js';
import { ValueOutcomes } from './value-outcomes.js';

/**
 * What a model answered, and what ground truth says of it. Linear: every part is a count or an exact sum, so that outcomes can be
 * taken back and sketches merge in any order into the same. A pane's is of some kilobytes; it is bounded by its bins and 64 classes.
 */
export class QualitySketch {
  #predictions = 0;
  #labels = 0;
  readonly classes = new ClassOutcomes();
  readonly values = new ValueOutcomes();

  static empty(): QualitySketch {
    return new QualitySketch();
  }

  /** @throws RangeError where a count is no whole number. */
  static withCounts(predictions: number, labels: number): QualitySketch {
    if (!Number.isSafeInteger(predictions) || !Number.isSafeInteger(labels))
      throw new RangeError('a count is no whole number');
    const sketch = new QualitySketch();
    sketch.#predictions = predictions;
    sketch.#labels = labels;
    return sketch;
  }

  /** Answered events. */
  get predictions(): number {
    return this.#predictions;
  }

  /** Events whose ground truth is known, less those whose label was taken back: below 0 in a part that takes back more than it adds. */
  get labels(): number {
    return this.#labels;
  }

  get isEmpty(): boolean {
    return (
      this.#predictions === 0 && this.#labels === 0 && this.classes.cells().length + this.values.cells().length === 0
    );
  }

  /** Adds an answer, be it labelled later or never. */
  addPrediction(answer: Answer): void {
    this.#predictions++;
    if (answer.value !== null) this.values.addPredictions(valueBin(answer.value), 1);
    if (answersClass(answer)) this.classes.addPredictions(classOf(answer), sureness(answer), 1);
  }

  /**
   * Adds what ground truth says of an answer. An answer that has nothing to be held against it is counted, and no more.
   *
   * @param inclusionProbability with which the event was chosen to be labelled, above 0 and up to 1. @param sign -1: takes it back.
   */
  addOutcome(answer: Answer, truth: Truth, inclusionProbability: number, sign: 1 | -1): void {
    const weight = 1 / inclusionProbability;
    this.#labels += sign;
    if (answer.value !== null && truth.value !== null) {
      this.values.addOutcome(answer.value, truth.value, weight, sign);
    }
    const name = truth.class ?? (answer.value === null && truth.value !== null ? String(truth.value) : null);
    if (name !== null && answersClass(answer)) {
      this.classes.addOutcome(classOf(answer), sureness(answer), name, weight, sign);
    }
  }

  merge(other: QualitySketch): void {
    this.#predictions += other.#predictions;
    this.#labels += other.#labels;
    this.classes.merge(other.classes);
    this.values.merge(other.values);
  }

  clone(): QualitySketch {
    const copy = new QualitySketch();
    copy.merge(this);
    return copy;
  }
}

function answersClass({ score, class: predicted, probabilities }: Answer): boolean {
  return score !== null || predicted !== null || probabilities.size > 0;
}
