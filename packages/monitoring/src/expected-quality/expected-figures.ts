import { NO_SCORE } from '@tidemark/sketches';
import { calibratedOutcomes, expectedQuality, type ExpectedOutcome } from '@tidemark/statistics';
import { positiveBin, scoredLabelsOf, type Figures } from './class-figures.js';
import type { Stratum } from './quality-strata.js';

/** The probability of the positive class that the reference's labels give each score. None where scores say nothing. */
export function positiveOutcomes(reference: readonly Stratum[], positive: string): ExpectedOutcome[] {
  const { bins, labels } = scoredLabelsOf(reference, positive);
  // Bins stand for their scores: they are in the same order, also where scores are no probabilities.
  return bins.length < 2 ? [] : calibratedOutcomes({ ...labels, scores: bins });
}

/**
 * What is expected of a window's answers of two classes, with its uncertainty.
 *
 * @param expected see {@link positiveOutcomes}. @returns empty where nothing is expected.
 */
export function expectedFigures(
  window: readonly Stratum[],
  expected: readonly ExpectedOutcome[],
  positive: string,
): Figures {
  if (expected.length === 0) return {};
  const counts = new Map<number, { positives: number; negatives: number }>();
  for (const stratum of window) {
    if (stratum.bin === NO_SCORE) continue;
    const bin = positiveBin(stratum, positive);
    const count = counts.get(bin) ?? { positives: 0, negatives: 0 };
    count[stratum.predicted === positive ? 'positives' : 'negatives'] += stratum.predictions;
    counts.set(bin, count);
  }
  const answers = [...counts].sort(([a], [b]) => a - b);
  const quality = expectedQuality({
    scores: answers.map(([bin]) => bin),
    positives: answers.map(([, { positives }]) => positives),
    negatives: answers.map(([, { negatives }]) => negatives),
    expected,
  });
  const { precision, recall, f1, positiveShare, rocAuc } = quality;
  return { precision, recall, f1, positive_share: positiveShare, roc_auc: rocAuc };
}
