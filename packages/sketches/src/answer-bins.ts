import type { Answer } from './answer.js';

/** Bins of scores from 0 to 1. */
export const SCORE_BINS = 128;
/** Bins of scores beyond that on either side, eight to each doubling of the distance. */
const OUTER_BINS = 64;
/** Bins of predicted values, to each doubling of their magnitude: 4.4 % wide. */
const VALUE_BINS = 16;
/** Smaller magnitudes than 2^-32 are in the bin of 0, and greater ones than 2^96 in the last. */
const VALUE_OFFSET = 32 * VALUE_BINS;
const LAST_VALUE_BIN = 128 * VALUE_BINS;

/** The bin of an answer that says nothing of how sure it is. Below all others. */
export const NO_SCORE = -OUTER_BINS - 1;
/** The bins of scores are whole numbers from NO_SCORE up to this. */
export const LAST_SCORE_BIN = SCORE_BINS + OUTER_BINS - 1;
/** The bins of values are whole numbers of at most this magnitude. */
export const MOST_VALUE_BIN = LAST_VALUE_BIN;

/**
 * The bin of a score, in the order of scores: 0 to 127 from 0 to 1, 128 and above beyond 1, and below 0 below 0, where the bins grow
 * with the distance.
 */
export function scoreBin(score: number): number {
  if (score >= 0 && score <= 1) return Math.min(SCORE_BINS - 1, Math.floor(score * SCORE_BINS));
  const distance = score > 1 ? score - 1 : -score;
  const step = Math.min(OUTER_BINS - 1, Math.floor(8 * Math.log2(1 + distance)));
  return score > 1 ? SCORE_BINS + step : -1 - step;
}

/** The middle of a bin of scores from 0 to 1; beyond, 0 or 1. */
export function scoreOf(bin: number): number {
  return Math.min(1, Math.max(0, (bin + 0.5) / SCORE_BINS));
}

/** The bin of what an answer says of how sure it is: its score, else the probability of its class, else its confidence. */
export function sureness(answer: Answer): number {
  const { score, class: predicted, confidence, probabilities } = answer;
  const sure = score ?? (predicted === null ? undefined : probabilities.get(predicted)) ?? confidence;
  return sure === null || sure === undefined || Number.isNaN(sure) ? NO_SCORE : scoreBin(sure);
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

/** The bin of a predicted value, in the order of values; 0 for 0 and what is next to it. */
export function valueBin(value: number): number {
  const step = Math.round(VALUE_BINS * Math.log2(Math.abs(value))) + VALUE_OFFSET;
  return value === 0 || step <= 0 ? 0 : Math.sign(value) * Math.min(LAST_VALUE_BIN, step);
}

/** The middle of a bin of values, on the scale of their logarithms. */
export function valueAt(bin: number): number {
  return bin === 0 ? 0 : Math.sign(bin) * 2 ** ((Math.abs(bin) - VALUE_OFFSET) / VALUE_BINS);
}
