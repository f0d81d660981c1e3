import { NO_ESTIMATE, normalEstimate, type Estimate } from '../quality/estimate.js';

const MOST_STEPS = 10_000;

/**
 * The share of positives among answers without labels, if the scores of either class are still what they were and only the classes' shares have
 * changed (label shift): the maximum of the likelihood by the expectation-maximisation of Saerens, Latinne and Decaestecker (Neural Comput.
 * 2002), with a normal interval by Fisher's information. Where labels say otherwise than it does, more than the classes' shares has
 * changed (Lipton, Wang and Smola, ICML 2018).
 *
 * @param probabilities the calibrated probability of being positive, by bin. @param counts how many answers are in it.
 * @param share of positives in the labels that the probabilities were learnt from, above 0 and below 1.
 * @returns 0 to 1; NaN without answers.
 *
 * @example
 * ```ts
 * labelShift([0.1, 0.9], [500, 500], 0.5).value; // 0.5
 * labelShift([0.1, 0.9], [740, 260], 0.5).value; // 0.2
 * labelShift([0.1, 0.9], [740, 260], 0.5).low; // 0.166
 * ```
 */
export function labelShift(
  probabilities: ArrayLike<number>,
  counts: ArrayLike<number>,
  share: number,
  confidence = 0.95,
): Estimate {
  let total = 0;
  for (let bin = 0; bin < counts.length; bin++) total += counts[bin];
  if (!(total > 0 && share > 0 && share < 1)) return NO_ESTIMATE;
  let now = share;
  for (let step = 0; step < MOST_STEPS; step++) {
    let expected = 0;
    for (let bin = 0; bin < counts.length; bin++) {
      const [positive, negative] = likelihoods(probabilities[bin], share);
      expected += (counts[bin] * now * positive) / (now * positive + (1 - now) * negative);
    }
    const next = expected / total;
    const moved = Math.abs(next - now);
    now = next;
    if (moved < 1e-12) break;
  }
  let information = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    const [positive, negative] = likelihoods(probabilities[bin], share);
    information += counts[bin] * ((positive - negative) / (now * positive + (1 - now) * negative)) ** 2;
  }
  return normalEstimate(now, 1 / information, confidence, [0, 1]);
}

/** The likelihood of a bin's scores under either class, up to one factor. */
function likelihoods(probability: number, share: number): readonly [positive: number, negative: number] {
  return [probability / share, (1 - probability) / (1 - share)];
}
