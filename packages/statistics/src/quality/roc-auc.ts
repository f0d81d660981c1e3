import { logitEstimate, NO_ESTIMATE, type Estimate } from './estimate.js';
import { sumOf, type BinError, type ScoredLabels } from './scored-labels.js';
import { weightedShare } from './weighted-share.js';

/**
 * The area under the ROC curve: the probability that a positive scores above a negative, pairs of one bin counting half. Its variance is that
 * of the placements (DeLong, DeLong and Clarke-Pearson, Biometrics 1988), here weighted; the interval is normal on the logit's
 * scale (Pepe 2003), and where the classes do not overlap that of a share seen in as many events as the rarer class has.
 *
 * @returns 0 to 1, NaN where a class has no labels. The bins' error is half of the pairs that share a bin.
 *
 * @example
 * ```ts
 * const labels = countedScores([0.1, 0.5, 0.9], [1, 2, 7], [6, 3, 1]);
 * rocAuc(labels).value; // 0.845
 * rocAuc(labels).low; // 0.591
 * rocAuc(labels).binError; // 0.095
 * ```
 */
export function rocAuc(labels: ScoredLabels, confidence = 0.95): Estimate & BinError {
  const { positives, positiveSquares, negatives, negativeSquares } = labels;
  const [m, n] = [sumOf(positives), sumOf(negatives)];
  if (!(m > 0 && n > 0)) return { ...NO_ESTIMATE, binError: NaN };
  let area = 0;
  let ties = 0;
  forEachPlacement(labels, (bin, below) => {
    area += (positives[bin] / m) * below;
    ties += (positives[bin] / m) * (negatives[bin] / n);
  });
  let [ofPositives, ofNegatives] = [0, 0];
  forEachPlacement(labels, (bin, below, above) => {
    ofPositives += positiveSquares[bin] * (below - area) ** 2;
    ofNegatives += negativeSquares[bin] * (above - area) ** 2;
  });
  const labelsOf = (weight: number, squares: ArrayLike<number>): number => (weight * weight) / sumOf(squares);
  const [effectiveM, effectiveN] = [labelsOf(m, positiveSquares), labelsOf(n, negativeSquares)];
  const unbiased = (size: number): number => (size > 1 ? size / (size - 1) : 1);
  const variance = (ofPositives / (m * m)) * unbiased(effectiveM) + (ofNegatives / (n * n)) * unbiased(effectiveN);
  const binError = ties / 2;
  if (variance > 0 && area > 0 && area < 1) {
    return { ...logitEstimate(area, Math.sqrt(variance) / (area * (1 - area)), confidence), binError };
  }
  const rarer = Math.min(effectiveM, effectiveN);
  const [part, rest] = [area * rarer, (1 - area) * rarer].map((weight) => ({ weight, weightSquares: weight }));
  return { ...weightedShare(part, rest, confidence), value: area, binError };
}

/** @param visit takes the share of negatives below the positives of a bin, and that of positives above its negatives; ties count half. */
function forEachPlacement(
  { positives, negatives }: ScoredLabels,
  visit: (bin: number, below: number, above: number) => void,
): void {
  const [m, n] = [sumOf(positives), sumOf(negatives)];
  let below = 0;
  let above = m;
  for (let bin = 0; bin < positives.length; bin++) {
    above -= positives[bin];
    visit(bin, (below + negatives[bin] / 2) / n, (above + positives[bin] / 2) / m);
    below += negatives[bin];
  }
}
