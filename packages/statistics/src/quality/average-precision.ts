import { logitEstimate, NO_ESTIMATE, type Estimate } from './estimate.js';
import { sumOf, type BinError, type ScoredLabels } from './scored-labels.js';
import { weightedShare } from './weighted-share.js';

/**
 * Average precision: the precision at each threshold, weighted by the recall that it gains. The interval is the logit interval of
 * Boyd, Eng and Page ("Area under the precision-recall curve", ECML 2013).
 *
 * @returns 0 to 1, NaN without positives. The bins' error spans the orders that the scores of a bin may have.
 *
 * @example
 * ```ts
 * const labels = countedScores([0.1, 0.5, 0.9], [1, 2, 7], [6, 3, 1]);
 * averagePrecision(labels).value; // 0.800962
 * averagePrecision(labels).low; // 0.460
 * ```
 */
export function averagePrecision(labels: ScoredLabels, confidence = 0.95): Estimate & BinError {
  const { positives, positiveSquares, negatives } = labels;
  const all = sumOf(positives);
  if (!(all > 0)) return { ...NO_ESTIMATE, binError: NaN };
  let [value, least, most] = [0, 0, 0];
  let [above, wrong] = [0, 0];
  for (let bin = positives.length - 1; bin >= 0; bin--) {
    const [p, q] = [positives[bin], negatives[bin]];
    if (p > 0) {
      value += (p / all) * ((above + p) / (above + p + wrong + q));
      most += (p / all) * ((above + p) / (above + p + wrong));
      // Negatives first: the integral of (above + x) ÷ (above + x + wrong + q) over the bin's positives.
      const before = wrong + q;
      const logarithm = before > 0 ? before * Math.log((above + before + p) / (above + before)) : 0;
      least += (p - logarithm) / all;
    }
    above += p;
    wrong += q;
  }
  const binError = Math.max(most - value, value - least);
  const effective = (all * all) / sumOf(positiveSquares);
  if (value < 1)
    return { ...logitEstimate(value, 1 / Math.sqrt(effective * value * (1 - value)), confidence), binError };
  const none = { weight: 0, weightSquares: 0 };
  return { ...weightedShare({ weight: effective, weightSquares: effective }, none, confidence), binError };
}
