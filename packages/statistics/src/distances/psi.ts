import { totalsOf } from './counts.js';

/**
 * The population stability index of a window against a reference, over counts in the same bins: the sum over bins of
 * (q − p) ln(q / p), where p and q are the shares after `pseudocount` was added to every count (0.5 is Jeffreys' prior), so
 * that an empty bin has a finite term. It is the symmetrised Kullback–Leibler divergence in nats (Kullback and Leibler, "On
 * information and sufficiency", Ann. Math. Stat. 1951; under this name in Siddiqi, "Credit Risk Scorecards", 2006).
 *
 * @param reference counts of the baseline, one a bin.
 * @param window counts of the window, in the same bins.
 * @returns 0 or more, unbounded; NaN where either side holds no values.
 * @throws RangeError where the bins differ, a count is no count, or the pseudocount is negative.
 *
 * @example
 * ```ts
 * psi([100, 200, 100], [150, 150, 100]); // 0.086010
 * ```
 */
export function psi(reference: ArrayLike<number>, window: ArrayLike<number>, pseudocount = 0.5): number {
  const terms = psiTerms(reference, window, pseudocount);
  return terms.length === 0 ? NaN : terms.reduce((sum, term) => sum + term, 0);
}

/**
 * What each bin adds to {@link psi}: 0 or more each, so that the greatest are the bins that moved.
 *
 * @returns one term a bin, all NaN where either side holds no values.
 * @throws RangeError as {@link psi} does.
 *
 * @example
 * ```ts
 * psiTerms([100, 200, 100], [150, 150, 100])[0]; // 0.050287
 * ```
 */
export function psiTerms(
  reference: ArrayLike<number>,
  window: ArrayLike<number>,
  pseudocount = 0.5,
): Float64Array<ArrayBuffer> {
  const [n, m] = totalsOf(reference, window);
  if (!(pseudocount >= 0)) throw new RangeError(`a pseudocount must be at least 0, not ${pseudocount}`);
  const terms = new Float64Array(reference.length);
  if (n === 0 || m === 0) return terms.fill(NaN);
  const added = pseudocount * reference.length;
  for (let bin = 0; bin < terms.length; bin++) {
    const p = (reference[bin] + pseudocount) / (n + added);
    const q = (window[bin] + pseudocount) / (m + added);
    terms[bin] = p === q ? 0 : (q - p) * Math.log(q / p);
  }
  return terms;
}

/**
 * What {@link psi} is on average when nothing has changed: (bins − 1)(1/n + 1/m). To first order PSI is then (1/n + 1/m)
 * times a chi-square variable with bins − 1 degrees of freedom (Yurdakul, "Statistical properties of population stability
 * index", Western Michigan University 2018). It holds where every bin expects several values.
 *
 * @param bins how many bins can hold values; 1 or more.
 * @param n values in the reference.
 * @param m values in the window.
 * @returns 0 or more; Infinity where n or m is 0.
 *
 * @example
 * ```ts
 * psiBias(10, 5000, 1000); // 0.0108
 * ```
 */
export function psiBias(bins: number, n: number, m: number): number {
  return bins <= 1 ? 0 : (bins - 1) * (1 / n + 1 / m);
}

/**
 * A PSI less its expectation under no change ({@link psiBias}), and never below 0: the effect that is left after sampling.
 *
 * @param value a PSI over `bins` bins of n and m values.
 * @returns 0 or more; NaN where the PSI is NaN.
 *
 * @example
 * ```ts
 * debiasedPsi(0.0308, 10, 5000, 1000); // 0.02
 * debiasedPsi(0.0100, 10, 5000, 1000); // 0
 * ```
 */
export function debiasedPsi(value: number, bins: number, n: number, m: number): number {
  return Math.max(0, value - psiBias(bins, n, m));
}
