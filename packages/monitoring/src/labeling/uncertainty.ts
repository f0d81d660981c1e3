import type { Answer, ColumnSketch } from '@tidemark/sketches';
import type { Baseline } from '../model/baseline.js';
import { PREDICTION_COLUMNS } from '../model/prediction-columns.js';

/**
 * How unsure a model is of an answer, as a multiple of its mean over the baseline: of class probabilities 1 − Σ p² (Gini's impurity), of
 * a score p between 0 and 1 the same of p and 1 − p, else 1 − confidence. Their baseline means follow exactly from the columns' first
 * two moments, so a share of a budget that is spent in proportion to them is kept in expectation.
 */
export class Uncertainty {
  private constructor(
    private readonly mean: number,
    private readonly of: (answer: Answer) => number,
  ) {}

  /** Null where the baseline's answers say nothing of it, as those of a regression. */
  static of(baseline: Baseline): Uncertainty | null {
    const { score, confidence, probability } = PREDICTION_COLUMNS;
    const column = (name: string) => baseline.columns.find((each) => each.name === name);
    const classes = baseline.columns.filter(({ name, digest }) => name.startsWith(probability) && digest !== null);
    if (classes.length > 1) {
      const carried = Math.max(...classes.map(({ values }) => values));
      const squares = classes.reduce((sum, each) => sum + sumOfSquares(each), 0);
      const names = classes.map(({ name }) => name.slice(probability.length));
      return Uncertainty.#over((carried - squares) / baseline.rows, ({ probabilities }) =>
        impurity(names, probabilities),
      );
    }
    const scores = column(score) ?? classes.at(0);
    if (scores !== undefined && isShare(scores)) {
      const name = scores.name.slice(probability.length);
      const mean = (2 * (scores.moments.mean * scores.values - sumOfSquares(scores))) / baseline.rows;
      return Uncertainty.#over(mean, (answer) => {
        const p = scores.name === score ? answer.score : answer.probabilities.get(name);
        return p === null || p === undefined ? 0 : 2 * p * (1 - p);
      });
    }
    const sure = column(confidence);
    if (sure === undefined || !isShare(sure)) return null;
    const mean = ((1 - sure.moments.mean) * sure.values) / baseline.rows;
    return Uncertainty.#over(mean, (answer) => (answer.confidence === null ? 0 : 1 - answer.confidence));
  }

  /** Null for a model that is always sure: nothing can be asked for in proportion. */
  static #over(mean: number, of: (answer: Answer) => number): Uncertainty | null {
    return mean > 1e-6 ? new Uncertainty(mean, of) : null;
  }

  /** At least 0; 1 in the mean over the baseline. */
  relative(answer: Answer): number {
    return Math.max(0, this.of(answer)) / this.mean;
  }
}

function impurity(names: readonly string[], probabilities: ReadonlyMap<string, number>): number {
  if (probabilities.size === 0) return 0;
  return names.reduce((left, name) => left - (probabilities.get(name) ?? 0) ** 2, 1);
}

function isShare({ digest, values, moments }: ColumnSketch): boolean {
  return digest !== null && values > 0 && moments.min >= 0 && moments.max <= 1;
}

function sumOfSquares({ moments }: ColumnSketch): number {
  return moments.m2 + moments.count * moments.mean ** 2;
}
