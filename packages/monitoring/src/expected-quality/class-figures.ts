import { NO_SCORE, positiveBinOf, SCORE_BINS, SCORE_HALF_WIDTH, scoreOf } from '@tidemark/sketches';
import {
  accuracy,
  averagePrecision,
  brierScore,
  calibrationError,
  ConfusionTable,
  f1,
  logLoss,
  macroF1,
  precision,
  recall,
  rocAuc,
  weightedShare,
  type Estimate,
  type ScoredLabels,
} from '@tidemark/statistics';
import type { ScoredClasses } from './quality-sketch-strata.js';
import { truthOf, type Stratum } from './quality-strata.js';

/** Metrics by name, in the order in which they are shown. */
export type Figures = Readonly<Record<string, Estimate>>;

/**
 * The metrics of classes from weighted labels. Of two classes those of the positive one, and of its score, which is taken to be at
 * the middle of its bin (1/128 wide at most); of more, the mean of their F1.
 */
export function classFigures(strata: readonly Stratum[], scored: ScoredClasses | null): Figures {
  const names = new Map<string, number>();
  const placeOf = (name: string): number => {
    const known = names.get(name) ?? names.size;
    names.set(name, known);
    return known;
  };
  for (const { predicted, truths } of strata) for (const name of [predicted, ...truths.keys()]) placeOf(name);
  const table = new ConfusionTable(names.size);
  for (const { predicted, truths } of strata) {
    for (const [name, { weight, weightSquares }] of truths) {
      table.add(placeOf(name), placeOf(predicted), weight, weightSquares);
    }
  }
  if (scored === null) return { accuracy: accuracy(table), macro_f1: macroF1(table) };
  const positive = placeOf(scored.positive);
  // A class that nothing here names is in no row of the table.
  if (positive >= table.classes) return { accuracy: accuracy(table) };
  const share = weightedShare(
    table.sum((truth) => truth === positive),
    table.sum((truth) => truth !== positive),
  );
  return {
    ...{ accuracy: accuracy(table), precision: precision(table, positive), recall: recall(table, positive) },
    ...{ f1: f1(table, positive), positive_share: share },
    ...scoreFigures(strata, scored.positive),
  };
}

/** Of answers that say how sure they are; empty where they do not. What takes scores for probabilities is left out where they are none. */
function scoreFigures(strata: readonly Stratum[], positive: string): Figures {
  const { bins, labels } = scoredLabelsOf(strata, positive);
  if (bins.length < 2) return {};
  const ranks = { roc_auc: rocAuc(labels), average_precision: averagePrecision(labels) };
  if (bins[0] < 0 || bins[bins.length - 1] >= SCORE_BINS) return ranks;
  return {
    ...ranks,
    ...{ brier: brierScore(labels), log_loss: logLoss(labels), calibration_error: calibrationError(labels) },
  };
}

/** The labels of two classes by the bin of the score that the positive one was given, ascending; answers that do not say how sure they are, left out. */
export function scoredLabelsOf(
  all: readonly Stratum[],
  positive: string,
): { readonly bins: readonly number[]; readonly labels: ScoredLabels } {
  const strata = all.filter(({ bin }) => bin !== NO_SCORE);
  const bins = [...new Set(strata.map((stratum) => positiveBin(stratum, positive)))].sort((a, b) => a - b);
  const place = new Map(bins.map((bin, at) => [bin, at]));
  const empty = (): Float64Array => new Float64Array(bins.length);
  const sums = { positives: empty(), positiveSquares: empty(), negatives: empty(), negativeSquares: empty() };
  for (const stratum of strata) {
    const at = place.get(positiveBin(stratum, positive))!;
    const of = truthOf(stratum, positive);
    sums.positives[at] += of.weight;
    sums.positiveSquares[at] += of.weightSquares;
    sums.negatives[at] += stratum.weight - of.weight;
    sums.negativeSquares[at] += stratum.weightSquares - of.weightSquares;
  }
  return { bins, labels: { scores: bins.map(scoreOf), halfWidth: SCORE_HALF_WIDTH, ...sums } };
}

/** The bin of the score that answers of a stratum give the positive class. */
export function positiveBin({ bin, predicted }: Stratum, positive: string): number {
  return positiveBinOf(bin, predicted === positive);
}
