import type { Answer, QualitySketch } from '@tidemark/sketches';
import { CellTag, type CellVector, type EventBatch } from './event-batch.js';
import { PREDICTION_COLUMNS } from '../model/prediction-columns.js';

const NO_PROBABILITIES: ReadonlyMap<string, number> = new Map();

/** What a model answered in the events of a batch, read from its prediction columns. */
export class BatchAnswers {
  private constructor(
    private readonly score: CellVector | undefined,
    private readonly predicted: CellVector | undefined,
    private readonly value: CellVector | undefined,
    private readonly confidence: CellVector | undefined,
    private readonly probabilities: readonly (readonly [label: string, cells: CellVector])[],
  ) {}

  /** Null where the batch carries no prediction. */
  static of(batch: EventBatch): BatchAnswers | null {
    const { columns } = batch;
    const { score, class: predicted, value, confidence, probability } = PREDICTION_COLUMNS;
    const probabilities = [...columns]
      .filter(([name]) => name.startsWith(probability))
      .map(([name, cells]) => [name.slice(probability.length), cells] as const);
    const answers = [score, predicted, value].map((name) => columns.get(name));
    if (answers.every((cells) => cells === undefined) && probabilities.length === 0) return null;
    return new BatchAnswers(answers[0], answers[1], answers[2], columns.get(confidence), probabilities);
  }

  /** Adds the answers of some rows to a sketch; rows that answer nothing are left out. */
  fold(rows: Int32Array, into: QualitySketch): void {
    for (const row of rows) {
      const answer = this.at(row);
      if (answer !== null) into.addPrediction(answer);
    }
  }

  /** Null where the row answers nothing: no score, class, value or probability. */
  at(row: number): Answer | null {
    const score = numberIn(this.score, row);
    const predicted = classIn(this.predicted, row);
    const value = numberIn(this.value, row);
    let probabilities = NO_PROBABILITIES;
    if (this.probabilities.length > 0) {
      const known = new Map<string, number>();
      for (const [label, cells] of this.probabilities) {
        const probability = numberIn(cells, row);
        if (probability !== null) known.set(label, probability);
      }
      probabilities = known;
    }
    if (score === null && predicted === null && value === null && probabilities.size === 0) return null;
    return { score, class: predicted, value, confidence: numberIn(this.confidence, row), probabilities };
  }
}

/** The finite number in a cell, or null. */
function numberIn(cells: CellVector | undefined, row: number): number | null {
  if (cells === undefined || cells.tag(row) !== CellTag.number) return null;
  const value = cells.values[row];
  return Number.isFinite(value) ? value : null;
}

/** A class by its name, be it sent as a string, a number or a boolean. */
function classIn(cells: CellVector | undefined, row: number): string | null {
  switch (cells?.tag(row)) {
    case CellTag.string:
      return cells.dictionary[cells.values[row]];
    case CellTag.number:
      return String(cells.values[row]);
    case CellTag.boolean:
      return String(cells.values[row] === 1);
    default:
      return null;
  }
}
