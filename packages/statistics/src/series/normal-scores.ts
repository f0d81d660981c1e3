import { normalQuantile } from '../distributions/normal.js';

const ROOT_TWO_PI = 2.5066282746310002;
/** A power of the scores that the lower ones explain but for this share is no contrast of its own. */
const LEAST_REMAINDER = 1e-6;

/**
 * The normal score of each bin of an ordered column: the mean of a standard normal variable that lies in the bin, when the
 * bins, in their order, are intervals of it with the given probabilities (van der Waerden's scores for grouped values;
 * Brockett, "A note on the numerical assignment of scores to ranked categorical data", J. Math. Sociol. 1981).
 *
 * @param shares the bins' probabilities, 0 to 1, in order; they sum to 1.
 * @returns one score a bin, ascending; 0 for a bin without probability.
 *
 * @example
 * ```ts
 * normalScores([0.5, 0.5])[1]; // 0.797885
 * ```
 */
export function normalScores(shares: ArrayLike<number>): Float64Array<ArrayBuffer> {
  const scores = new Float64Array(shares.length);
  let below = 0;
  for (let bin = 0; bin < shares.length; bin++) {
    const from = normalQuantile(Math.min(1, below));
    below += shares[bin];
    const to = bin === shares.length - 1 ? Infinity : normalQuantile(Math.min(1, below));
    scores[bin] = shares[bin] > 0 ? (density(from) - density(to)) / shares[bin] : 0;
  }
  return scores;
}

/**
 * Contrasts of an ordered column's bins: location, spread, and so on, as polynomials of the bins' normal scores made
 * orthonormal under the baseline's shares by Gram and Schmidt. The mean of a contrast over n values of the baseline's
 * distribution has expectation 0 and variance 1/n, and different contrasts are uncorrelated (Neyman's smooth test, Skand.
 * Aktuarietidskr. 1937; Rayner and Best, "Smooth Tests of Goodness of Fit", 1989). For small changes the sum of their squares
 * is the PSI.
 *
 * @param shares the bins' probabilities in the baseline, in order; they sum to 1.
 * @param degree how many contrasts at most, 1 or more; fewer come of few bins.
 * @returns the contrasts, each with a value a bin: first location, second spread, from the third on shape.
 *
 * @example
 * ```ts
 * normalScoreContrasts([0.25, 0.25, 0.25, 0.25], 2)[0][3]; // 1.370224
 * normalScoreContrasts([0.25, 0.25, 0.25, 0.25], 2)[1][3]; // 1.000000
 * ```
 */
export function normalScoreContrasts(shares: ArrayLike<number>, degree: number): Float64Array<ArrayBuffer>[] {
  const scores = normalScores(shares);
  const inner = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + shares[i] * x * b[i], 0);
  const basis = [new Float64Array(shares.length).fill(1)];
  for (let power = 1; power <= degree; power++) {
    let contrast = scores.map((score) => score ** power);
    const whole = inner(contrast, contrast);
    for (const other of basis) {
      const along = inner(contrast, other);
      contrast = contrast.map((x, i) => x - along * other[i]);
    }
    const left = inner(contrast, contrast);
    if (!(left > LEAST_REMAINDER * Math.max(1, whole))) break;
    basis.push(contrast.map((x) => x / Math.sqrt(left)));
  }
  return basis.slice(1);
}

function density(z: number): number {
  return Number.isFinite(z) ? Math.exp((-z * z) / 2) / ROOT_TWO_PI : 0;
}
