import { changeAlong, type ChangeAlong, type DifferenceAlong } from './change-along.js';

/** The labels of one bin of scores beside what is expected of them. */
export interface BinOutcomes {
  /** The probability of being positive, above 0 and below 1. */
  readonly expected: number;
  /** How many equal labels there are, and how many of them are positive. */
  readonly labels: number;
  readonly positives: number;
  /** How many equal labels the probability was learnt from; Infinity: it is what the model claims. */
  readonly learntFrom: number;
}

/** Σ n p (1 − p) that a group of bins has at least, for its difference to be near normal. */
const LEAST_VARIANCE = 5;

/**
 * Whether outcomes are still as often positive as scores lead one to expect, and if not, in which way. Groups of neighbouring bins give Hosmer
 * and Lemeshow's sum (Commun. Stat. 1980) of (observed − expected)² ÷ variance, here with the uncertainty of learnt probabilities; it
 * is divided into the score tests of Cox's two parameters (Biometrika 1958), for logit P = a + b logit p against a = 0 and b = 1:
 *
 * - `offset`: above 0 where outcomes are positive more often than expected, whatever the score;
 * - `slope`: above 0 where the score tells more than expected, below 0 where it tells less (scores too sure of themselves);
 * - `rest`: any other course.
 *
 * @param bins by ascending probability.
 * @returns NaN p-values and no degrees of freedom without labels.
 *
 * @example
 * ```ts
 * const bin = (expected, positives) => ({ expected, labels: 1000, positives, learntFrom: Infinity });
 * calibrationTest([bin(0.1, 160), bin(0.5, 500), bin(0.9, 840)]).slope.z; // -8.944272
 * calibrationTest([bin(0.1, 160), bin(0.5, 500), bin(0.9, 840)]).offset.z; // 0
 * calibrationTest([bin(0.1, 130), bin(0.5, 580), bin(0.9, 930)]).offset.z; // 6.751
 * ```
 */
export function calibrationTest(bins: readonly BinOutcomes[]): ChangeAlong {
  const groups: DifferenceAlong[] = [];
  let [at, difference, variance, effect] = [0, 0, 0, 0];
  const close = (): void => {
    groups.push({ at: at / effect, difference, variance, effect });
    [at, difference, variance, effect] = [0, 0, 0, 0];
  };
  for (const { expected, labels, positives, learntFrom } of bins) {
    if (!(labels > 0)) continue;
    const chance = labels * expected * (1 - expected);
    at += chance * Math.log(expected / (1 - expected));
    difference += positives - labels * expected;
    effect += chance;
    variance += chance * (1 + labels / learntFrom);
    if (effect >= LEAST_VARIANCE) close();
  }
  if (effect > 0) {
    const last = groups.pop();
    if (last !== undefined) {
      at += last.at * last.effect;
      difference += last.difference;
      variance += last.variance;
      effect += last.effect;
    }
    close();
  }
  return changeAlong(groups);
}
