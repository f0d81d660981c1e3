import { NO_SCORE } from '@tidemark/sketches';
import { calibratedOutcomes, expectedQuality } from '@tidemark/statistics';
import { positiveBin, scoredLabelsOf, type Figures } from './class-figures.js';
import type { Stratum } from './quality-strata.js';

/**
 * What is expected of a window's answers of two classes, with its uncertainty: from the probability of the positive class that the reference's labels
 * give each score. Empty where scores say nothing.
 */
export function expectedFigures(window: readonly Stratum[], reference: readonly Stratum[], positive: string): Figures {
  const { bins, labels } = scoredLabelsOf(reference, positive);
  if (bins.length < 2) return {};
  // Bins stand for their scores: they are in the same order, also where scores are no probabilities.
  const expected = calibratedOutcomes({ ...labels, scores: bins });
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
