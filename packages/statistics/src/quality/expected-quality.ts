import { normalEstimate, NO_ESTIMATE, type Estimate } from './estimate.js';
import { placeOf, type ExpectedOutcome } from './outcome-expectation.js';
import { rocAuc } from './roc-auc.js';
import { countedScores } from './scored-labels.js';

/** Answers of two classes by score. */
export interface ScoredAnswers {
  readonly scores: ArrayLike<number>;
  /** Of the answers that name the positive class, and of the others, how many have each score. */
  readonly positives: ArrayLike<number>;
  readonly negatives: ArrayLike<number>;
  /** The probability of being positive by score: see calibratedOutcomes. */
  readonly expected: readonly ExpectedOutcome[];
}

export interface ExpectedQuality {
  readonly accuracy: Estimate;
  readonly precision: Estimate;
  readonly recall: Estimate;
  readonly f1: Estimate;
  readonly rocAuc: Estimate;
  /** The share of events that are positive. */
  readonly positiveShare: Estimate;
}

/**
 * Expected metrics of answers without labels, from the calibrated probability of each: confidence-based performance estimation (the method
 * that NannyML made known; Guillory et al., ICCV 2021, and Garg et al., ICLR 2022, on its premise). Each answer adds its probability to the
 * expected true positives or false negatives, and the rest to false positives or true negatives. Right under any change of inputs that leaves the truth given the score
 * as it was. Intervals by the delta method: for what labels would show, with the chance in the outcomes and the uncertainty of the baseline's labels.
 *
 * @returns all NaN where nothing is expected; single figures where they have nothing to be about.
 *
 * @example
 * ```ts
 * const expected = calibratedOutcomes(countedScores([0.25, 0.75], [2000, 8000], [8000, 2000]));
 * const quality = expectedQuality({ scores: [0.25, 0.75], positives: [0, 50], negatives: [50, 0], expected });
 * quality.accuracy.value; // 0.799970
 * quality.recall.value; // 0.799970
 * quality.accuracy.low; // 0.721371
 * ```
 */
export function expectedQuality(answers: ScoredAnswers, confidence = 0.95): ExpectedQuality {
  const { scores, positives, negatives, expected } = answers;
  if (expected.length === 0) return NOTHING_EXPECTED;
  const probabilities = Array.from(scores, (score) => expected[placeOf(expected, score)].mean);
  let [tp, fp, fn, tn] = [0, 0, 0, 0];
  probabilities.forEach((p, bin) => {
    tp += positives[bin] * p;
    fp += positives[bin] * (1 - p);
    fn += negatives[bin] * p;
    tn += negatives[bin] * (1 - p);
  });
  const all = tp + fp + fn + tn;
  if (!(all > 0)) return NOTHING_EXPECTED;
  /** @param ofPositive how much a figure moves as one answer of the positive class turns out positive; @param ofNegative one of the others. */
  const figure = (
    value: number,
    ofPositive: (bin: number) => number,
    ofNegative: (bin: number) => number,
  ): Estimate => {
    const sum = new ExpectedSum();
    probabilities.forEach((_, bin) => {
      const outcome = expected[placeOf(expected, scores[bin])];
      sum.add(outcome, positives[bin], ofPositive(bin));
      sum.add(outcome, negatives[bin], ofNegative(bin));
    });
    return normalEstimate(value, sum.variance, confidence, [0, 1]);
  };
  const share = (part: number, whole: number, ofPositive: number, ofNegative: number): Estimate =>
    whole > 0
      ? figure(
          part / whole,
          () => ofPositive,
          () => ofNegative,
        )
      : NO_ESTIMATE;
  const [recall, f1] = [tp / (tp + fn), (2 * tp) / (2 * tp + fp + fn)];
  return {
    accuracy: share(tp + tn, all, 1 / all, -1 / all),
    precision: share(tp, tp + fp, 1 / (tp + fp), 0),
    recall: share(tp, tp + fn, (1 - recall) / (tp + fn), -recall / (tp + fn)),
    f1: share(2 * tp, 2 * tp + fp + fn, (2 - f1) / (2 * tp + fp + fn), -f1 / (2 * tp + fp + fn)),
    positiveShare: share(tp + fn, all, 1 / all, 1 / all),
    rocAuc: expectedArea(answers, probabilities, figure),
  };
}

function expectedArea(
  { scores, positives, negatives }: ScoredAnswers,
  probabilities: readonly number[],
  figure: (value: number, ofPositive: (bin: number) => number, ofNegative: (bin: number) => number) => Estimate,
): Estimate {
  const likely = probabilities.map((p, bin) => p * (positives[bin] + negatives[bin]));
  const unlikely = probabilities.map((p, bin) => (1 - p) * (positives[bin] + negatives[bin]));
  const { value } = rocAuc(countedScores(scores, likely, unlikely));
  if (Number.isNaN(value)) return NO_ESTIMATE;
  const [m, n] = [likely, unlikely].map((counts) => counts.reduce((sum, count) => sum + count, 0));
  let [below, above] = [0, m];
  // One event that is positive rather than negative gains its placement among negatives and loses that among positives.
  const slopes = probabilities.map((_, bin) => {
    above -= likely[bin];
    const slope = ((below + unlikely[bin] / 2) / n - value) / m - ((above + likely[bin] / 2) / m - value) / n;
    below += unlikely[bin];
    return slope;
  });
  const slopeAt = (bin: number): number => slopes[bin];
  return figure(value, slopeAt, slopeAt);
}

const NOTHING_EXPECTED: ExpectedQuality = {
  ...{ accuracy: NO_ESTIMATE, precision: NO_ESTIMATE, recall: NO_ESTIMATE, f1: NO_ESTIMATE },
  ...{ rocAuc: NO_ESTIMATE, positiveShare: NO_ESTIMATE },
};

/** The variance of a sum over outcomes, each times its slope: by the outcomes' own chance and by what their expectations rest on. */
class ExpectedSum {
  #chance = 0;
  readonly #slopes = new Map<ExpectedOutcome, number>();

  add(outcome: ExpectedOutcome, count: number, slope: number): void {
    this.#chance += count * outcome.variance * slope * slope;
    this.#slopes.set(outcome, (this.#slopes.get(outcome) ?? 0) + count * slope);
  }

  get variance(): number {
    let variance = this.#chance;
    for (const [outcome, slope] of this.#slopes) variance += (slope * slope * outcome.variance) / outcome.labels;
    return variance;
  }
}
