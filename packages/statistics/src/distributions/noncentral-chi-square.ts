import { poissonPmf } from './discrete-distributions.js';
import { regularizedGammaP } from './incomplete-gamma.js';

/** Poisson weights beyond so many of their standard deviations from the mean, and a few more, add nothing. */
const FAR = 9;
const FEW = 20;
const BISECTIONS = 50;

/**
 * The noncentral chi-square distribution function: the mean of central ones over a Poisson number of further pairs of degrees
 * of freedom (Patnaik, Biometrika 1949). Summed from the top, so that its terms only add up (after Benton and Krishnamoorthy, Comput.
 * Stat. Data Anal. 2003). Cost in proportion to √λ: about 1 ms at λ = 100,000.
 *
 * @param x 0 or more.
 * @param degreesOfFreedom above 0.
 * @param noncentrality λ, 0 or more.
 * @returns 0 to 1; NaN outside the domain.
 *
 * @example
 * ```ts
 * noncentralChiSquareCdf(10, 4, 3); // 0.783763
 * ```
 */
export function noncentralChiSquareCdf(x: number, degreesOfFreedom: number, noncentrality: number): number {
  if (!(x >= 0 && degreesOfFreedom > 0 && noncentrality >= 0)) return NaN;
  const mean = noncentrality / 2;
  const reach = FAR * Math.sqrt(mean) + FEW;
  const first = Math.max(0, Math.floor(mean - reach));
  let central = regularizedGammaP(degreesOfFreedom / 2 + Math.ceil(mean + reach), x / 2);
  let sum = 0;
  for (let pairs = Math.ceil(mean + reach); pairs >= first; pairs--) {
    sum += poissonPmf(pairs, mean) * central;
    // P(a, x) = P(a + 1, x) + xᵃ e^(−x) / Γ(a + 1).
    if (pairs > 0) central += poissonPmf(degreesOfFreedom / 2 + pairs - 1, x / 2);
  }
  return Math.min(1, sum);
}

/**
 * The noncentralities that a chi-square statistic is compatible with, by inversion of its distribution function (Steiger and Fouladi, in
 * "What if there were no significance tests?", 1997).
 *
 * @param x the statistic, 0 or more.
 * @param degreesOfFreedom above 0.
 * @param confidence above 0 and below 1; half of the rest lies on each side.
 * @returns λ from, to; 0 where even none would rarely give less than x. NaN outside the domain.
 *
 * @example
 * ```ts
 * noncentralityInterval(30, 9, 0.95)[0]; // 6.035091
 * ```
 */
export function noncentralityInterval(
  x: number,
  degreesOfFreedom: number,
  confidence: number,
): readonly [low: number, high: number] {
  if (!(x >= 0 && x < Infinity && degreesOfFreedom > 0 && confidence > 0 && confidence < 1)) return [NaN, NaN];
  const tail = (1 - confidence) / 2;
  return [solve(x, degreesOfFreedom, 1 - tail), solve(x, degreesOfFreedom, tail)];
}

/** The noncentrality at which the statistic's distribution function is as given; 0 where it is less at once. */
function solve(x: number, degreesOfFreedom: number, probability: number): number {
  const reached = (noncentrality: number): boolean =>
    noncentralChiSquareCdf(x, degreesOfFreedom, noncentrality) > probability;
  if (!reached(0)) return 0;
  let low = 0;
  let high = x + degreesOfFreedom + 1;
  while (reached(high)) [low, high] = [high, 2 * high];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (reached(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
