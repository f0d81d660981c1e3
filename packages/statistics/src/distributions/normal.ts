import { erf, erfc } from './error-function.js';

const ROOT_TWO_PI = 2.5066282746310002;

/**
 * The standard normal distribution function, precise relative to its value in the lower tail; the upper tail is
 * `normalCdf(-z)` (Abramowitz and Stegun 26.2.29).
 *
 * @returns 0 to 1.
 *
 * @example
 * ```ts
 * normalCdf(1.959963984540054); // 0.975
 * ```
 */
export function normalCdf(z: number): number {
  return erfc(-z * Math.SQRT1_2) / 2;
}

/**
 * The inverse of {@link normalCdf}, by Newton's method on it: on its logarithm in the tails, where that is nearly quadratic.
 *
 * @param p a probability, 0 to 1.
 * @returns the z with Φ(z) = p: −Infinity at 0, Infinity at 1, NaN outside.
 *
 * @example
 * ```ts
 * normalQuantile(0.975); // 1.959964
 * ```
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return NaN;
  if (p === 0) return -Infinity;
  if (p > 0.75) return -normalQuantile(1 - p);
  return p < 0.25 ? lowerTail(p) : centre(p);
}

function centre(p: number): number {
  const target = 2 * p - 1;
  return newton((target * ROOT_TWO_PI) / 2, (z) => (erf(z * Math.SQRT1_2) - target) / (2 * density(z)));
}

function lowerTail(p: number): number {
  const logP = Math.log(p);
  const start = -Math.sqrt(Math.max(0.25, -2 * logP - Math.log(Math.max(1, -4 * Math.PI * logP))));
  return newton(start, (z) => {
    const value = normalCdf(z);
    return (Math.log(value / p) * value) / density(z);
  });
}

function newton(start: number, step: (z: number) => number): number {
  let z = start;
  for (let iteration = 0; iteration < 30; iteration++) {
    const by = step(z);
    z -= by;
    if (Math.abs(by) <= 1e-15 * Math.abs(z)) break;
  }
  return z;
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / ROOT_TWO_PI;
}
