import { binomialPmf } from './discrete-distributions.js';

/** Stands in for a zero divisor in the continued fraction. */
const TINY = 1e-300;

/**
 * The regularised incomplete beta function I(x; a, b), by its continued fraction (NIST Digital Library of Mathematical
 * Functions 8.17.22) on the side of the mean where that converges fast. I(x; a, b) = 1 − I(1 − x; b, a); ask for the small
 * one to keep its relative precision.
 *
 * @param x 0 to 1.
 * @param a above 0.
 * @param b above 0.
 * @param y 1 − x, for a caller who knows it more precisely than the subtraction gives it.
 * @returns 0 to 1; NaN outside the domain.
 *
 * @example
 * ```ts
 * regularizedBeta(0.3, 2, 5); // 0.579825
 * ```
 */
export function regularizedBeta(x: number, a: number, b: number, y = 1 - x): number {
  if (!(x >= 0 && y >= 0 && a > 0 && b > 0)) return NaN;
  if (x === 0) return 0;
  if (y === 0) return 1;
  // xᵃ yᵇ / B(a, b) = (a b / (a + b)) · binomialPmf(a, a + b, x).
  const front = ((a * b) / (a + b)) * binomialPmf(a, a + b, x, y);
  if (x <= (a + 1) / (a + b + 2)) return Math.min(1, (front / a) * continuedFraction(x, a, b));
  return Math.max(0, 1 - (front / b) * continuedFraction(y, b, a));
}

function continuedFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let k = 1; ; k++) {
    const even = (k * (b - k) * x) / ((a + 2 * k - 1) * (a + 2 * k));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    fraction *= c * d;
    const odd = (-(a + k) * (a + b + k) * x) / ((a + 2 * k) * (a + 2 * k + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    const step = c * d;
    fraction *= step;
    if (Math.abs(step - 1) < 2e-16 || k > 1e7) return fraction;
  }
}

function awayFromZero(x: number): number {
  return Math.abs(x) < TINY ? TINY : x;
}
