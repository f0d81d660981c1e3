import { SCORE_BINS, type QualitySketch } from '@tidemark/sketches';
import type { WeightedCount } from '@tidemark/statistics';
import type { Stratum } from './quality-strata.js';

/** The two classes of a score: the one that a low score speaks for, and the one that a high score does. */
export interface ScoredClasses {
  readonly negative: string;
  readonly positive: string;
}

/** Names that people give to a class that is so, rather than not. */
const POSITIVE_NAMES: readonly string[] = ['1', 'true', 'yes', 'positive'];

/**
 * The classes that a sketch's scores speak for, by the names in its labels and answers; null where there are not just two.
 *
 * @param positive as the monitor states; null: one of the usual names, else the later of the two in the alphabet.
 */
export function scoredClassesOf(sketch: QualitySketch, positive: string | null): ScoredClasses | null {
  const names = new Set<string>();
  for (const { predicted, truths } of sketch.classes.cells()) {
    if (predicted !== null) names.add(predicted);
    for (const truth of truths.keys()) names.add(truth);
  }
  if (positive !== null) names.add(positive);
  const sorted = [...names].sort();
  if (sorted.length !== 2) return null;
  const named = positive ?? sorted.find((name) => POSITIVE_NAMES.includes(name.toLowerCase())) ?? sorted[1];
  return { negative: sorted.find((name) => name !== named)!, positive: named };
}

/**
 * The strata of a quality sketch: by class where the model answers classes or scores, else by value.
 *
 * @param scored the classes that a score of below and from a half means, where the model names none; null: such answers are of an unnamed class.
 */
export function strataOf(sketch: QualitySketch, scored: ScoredClasses | null): Stratum[] {
  const cells = sketch.classes.cells();
  if (cells.length === 0) return valueStrata(sketch);
  return cells.map(({ predicted, bin, predictions, truths }) => {
    const named = predicted ?? (bin >= SCORE_BINS / 2 ? scored?.positive : scored?.negative) ?? '';
    let labels = 0;
    let weight = 0;
    let weightSquares = 0;
    let right = 0;
    const weights = new Map<string, WeightedCount>();
    for (const [truth, counts] of truths) {
      const each = counts.weight.value;
      labels += counts.count;
      weight += each;
      weightSquares += counts.weightSquares.value;
      if (truth === named) right += each;
      weights.set(truth, { weight: each, weightSquares: counts.weightSquares.value });
    }
    const loss = weight - right;
    return {
      predicted: named,
      bin,
      predictions,
      labels,
      weight,
      weightSquares,
      loss,
      lossSquares: loss,
      residual: 0,
      truths: weights,
    };
  });
}

const NO_TRUTHS: ReadonlyMap<string, WeightedCount> = new Map();

function valueStrata(sketch: QualitySketch): Stratum[] {
  return sketch.values.cells().map(({ bin, predictions, labels, sums }) => ({
    ...{ predicted: '', bin, predictions, labels },
    weight: sums.weight.value,
    weightSquares: sums.weightSquares.value,
    loss: sums.absolute.value,
    lossSquares: sums.squared.value,
    residual: sums.residual.value,
    truths: NO_TRUTHS,
  }));
}
