import { poissonPmf } from './discrete-distributions.js';

/**
 * The regularised lower incomplete gamma function P(a, x), by its series below x = a + 1 (Abramowitz and Stegun 6.5.29) and as
 * 1 − Q above.
 *
 * @param a above 0.
 * @param x 0 or more.
 * @returns 0 to 1; NaN outside the domain.
 *
 * @example
 * ```ts
 * regularizedGammaP(2, 1.5); // 0.442175
 * ```
 */
export function regularizedGammaP(a: number, x: number): number {
  if (!(a > 0 && x >= 0)) return NaN;
  if (x === Infinity) return 1;
  return x < a + 1 ? lowerSeries(a, x) : 1 - upperFraction(a, x);
}

/**
 * The regularised upper incomplete gamma function Q(a, x) = 1 − P(a, x), by its continued fraction (Abramowitz and Stegun
 * 6.5.31) above x = a + 1: it keeps its relative precision down to the smallest numbers a double holds.
 *
 * @param a above 0.
 * @param x 0 or more.
 * @returns 0 to 1; NaN outside the domain.
 *
 * @example
 * ```ts
 * regularizedGammaQ(2, 1.5); // 0.557825
 * ```
 */
export function regularizedGammaQ(a: number, x: number): number {
  if (!(a > 0 && x >= 0)) return NaN;
  if (x === Infinity) return 0;
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x);
}

/**
 * The upper tail of the chi-square distribution: the p-value of a chi-square statistic (Abramowitz and Stegun 26.4.19).
 *
 * @param statistic 0 or more.
 * @param degreesOfFreedom above 0.
 * @returns 0 to 1; NaN outside the domain.
 *
 * @example
 * ```ts
 * chiSquareSf(3.841458820694124, 1); // 0.05
 * ```
 */
export function chiSquareSf(statistic: number, degreesOfFreedom: number): number {
  return regularizedGammaQ(degreesOfFreedom / 2, statistic / 2);
}

function lowerSeries(a: number, x: number): number {
  const front = poissonPmf(a, x);
  if (front === 0) return 0;
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return Math.min(1, front * sum);
}

function upperFraction(a: number, x: number): number {
  // xᵃ e^(−x) / Γ(a) = a · poissonPmf(a, x).
  const front = a * poissonPmf(a, x);
  if (front === 0) return 0;
  // Lentz's method, as modified by Thompson and Barnett (J. Comput. Phys. 1986).
  let b = x + 1 - a;
  let d = 1 / b;
  let c = Infinity;
  let fraction = d;
  for (let k = 1; ; k++) {
    const numerator = k * (a - k);
    b += 2;
    d = 1 / (b + numerator * d);
    c = b + numerator / c;
    const step = c * d;
    fraction *= step;
    if (Math.abs(step - 1) < 2e-16 || k > 1e7) return Math.min(1, front * fraction);
  }
}
