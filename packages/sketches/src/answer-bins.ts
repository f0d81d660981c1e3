import type { Answer } from './answer.js';

/** Equal steps of scores from 0 to 1. The first and the last are divided further: where events are rare, all scores are small. */
const STEPS = 128;
/** Of a step at the end, four to each doubling of the distance from 0 or 1, from 2^-19 on. */
const END_BINS = 48;
const LEAST_EXPONENT = -19;
/** Bins of scores from 0 to 1; the upper half is of those from 0.5 on. */
export const SCORE_BINS = STEPS - 2 + 2 * END_BINS;
/** How far a score from 0 to 1 is from the middle of its bin at most. */
export const SCORE_HALF_WIDTH = 0.5 / STEPS;
/** Bins of scores beyond that on either side, eight to each doubling of the distance. */
const OUTER_BINS = 64;
/** Where the bins of confidences begin, above those of scores. */
const CONFIDENCES = SCORE_BINS + OUTER_BINS;
/** Bins of predicted values, to each doubling of their magnitude: 4.4 % wide. */
const VALUE_BINS = 16;
/** Smaller magnitudes than 2^-32 are in the bin of 0, and greater ones than 2^96 in the last. */
const VALUE_OFFSET = 32 * VALUE_BINS;
const LAST_VALUE_BIN = 128 * VALUE_BINS;

/** The bin of an answer that says nothing of how sure it is. Below all others. */
export const NO_SCORE = -OUTER_BINS - 1;
/** The bins of answers are whole numbers from NO_SCORE up to this. */
export const LAST_ANSWER_BIN = CONFIDENCES + SCORE_BINS - 1;
/** The bins of values are whole numbers of at most this magnitude. */
export const MOST_VALUE_BIN = LAST_VALUE_BIN;

/** The bin of a score, in the order of scores: below 0 they are below 0, beyond 1 from SCORE_BINS on, growing with the distance. */
export function scoreBin(score: number): number {
  if (score >= 0 && score <= 1) {
    if (score < 1 / STEPS) return endBin(score);
    if (score > 1 - 1 / STEPS) return SCORE_BINS - 1 - endBin(1 - score);
    return END_BINS - 1 + Math.min(STEPS - 2, Math.floor(score * STEPS));
  }
  const distance = score > 1 ? score - 1 : -score;
  const step = Math.min(OUTER_BINS - 1, Math.floor(8 * Math.log2(1 + distance)));
  return score > 1 ? SCORE_BINS + step : -1 - step;
}

function endBin(distance: number): number {
  return Math.min(END_BINS - 1, Math.max(0, Math.floor(4 * (Math.log2(distance) - LEAST_EXPONENT))));
}

/** The middle of a bin of scores from 0 to 1, or of confidences; of scores beyond, 0 or 1. */
export function scoreOf(bin: number): number {
  if (bin >= CONFIDENCES) return scoreOf(bin - CONFIDENCES);
  if (bin < 0) return 0;
  if (bin >= SCORE_BINS) return 1;
  if (bin < END_BINS) return endOf(bin);
  if (bin > SCORE_BINS - 1 - END_BINS) return 1 - endOf(SCORE_BINS - 1 - bin);
  return (bin - END_BINS + 1.5) / STEPS;
}

function endOf(bin: number): number {
  const edge = (at: number): number => (at === 0 ? 0 : 2 ** (LEAST_EXPONENT + at / 4));
  return (edge(bin) + edge(bin + 1)) / 2;
}

/**
 * The bin of the score that answers of a bin give the positive of two classes: their own; of those that say how sure they are of the class that
 * they name, that of the probability that is left for it.
 *
 * @param namesPositive whether that class is the positive one.
 */
export function positiveBinOf(bin: number, namesPositive: boolean): number {
  if (bin < CONFIDENCES) return bin;
  return namesPositive ? bin - CONFIDENCES : SCORE_BINS - 1 - (bin - CONFIDENCES);
}

/**
 * The bin of what an answer says of how sure it is: its score; where it has none, the probability of its class or else its confidence, which
 * are about the class that it names and have bins of their own.
 */
export function sureness(answer: Answer): number {
  const { score, confidence, probabilities } = answer;
  if (score !== null && !Number.isNaN(score)) return scoreBin(score);
  const named = classOf(answer);
  const sure = (named === null ? undefined : probabilities.get(named)) ?? confidence;
  if (sure === null || Number.isNaN(sure)) return NO_SCORE;
  return CONFIDENCES + scoreBin(Math.min(1, Math.max(0, sure)));
}

/** The class that an answer names, else the one to which it gives the greatest probability; null where it does neither. */
export function classOf({ class: predicted, probabilities }: Answer): string | null {
  if (predicted !== null || probabilities.size === 0) return predicted;
  let best: readonly [string, number] | null = null;
  for (const [name, probability] of probabilities) {
    if (best === null || probability > best[1] || (probability === best[1] && name < best[0]))
      best = [name, probability];
  }
  return best![0];
}

/** What the answers of a bin say, by the bin's middle: a score or a confidence, each null where it is not that, or not from 0 to 1. */
export function suretyOf(bin: number): { readonly score: number | null; readonly confidence: number | null } {
  if (bin >= CONFIDENCES) return { score: null, confidence: scoreOf(bin) };
  return { score: bin >= 0 && bin < SCORE_BINS ? scoreOf(bin) : null, confidence: null };
}

/** The bin of a predicted value, in the order of values; 0 for 0 and what is next to it. */
export function valueBin(value: number): number {
  const step = Math.round(VALUE_BINS * Math.log2(Math.abs(value))) + VALUE_OFFSET;
  return value === 0 || step <= 0 ? 0 : Math.sign(value) * Math.min(LAST_VALUE_BIN, step);
}

/** The middle of a bin of values, on the scale of their logarithms. */
export function valueAt(bin: number): number {
  return bin === 0 ? 0 : Math.sign(bin) * 2 ** ((Math.abs(bin) - VALUE_OFFSET) / VALUE_BINS);
}
