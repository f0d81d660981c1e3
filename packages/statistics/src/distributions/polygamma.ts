/** From here the asymptotic series have full precision. */
const ASYMPTOTIC_FROM = 12;

/**
 * The derivative of ln Γ, by recurrence and its asymptotic series (Abramowitz and Stegun 6.3.5 and 6.3.18).
 *
 * @param x above 0.
 *
 * @example
 * ```ts
 * digamma(1); // -0.57721566
 * ```
 */
export function digamma(x: number): number {
  if (!(x > 0)) return NaN;
  let sum = 0;
  let at = x;
  while (at < ASYMPTOTIC_FROM) sum -= 1 / at++;
  const inverse = 1 / (at * at);
  const series =
    inverse * (1 / 12 - inverse * (1 / 120 - inverse * (1 / 252 - inverse * (1 / 240 - inverse * (1 / 132)))));
  return sum + Math.log(at) - 1 / (2 * at) - series;
}

/**
 * The second derivative of ln Γ, by recurrence and its asymptotic series (Abramowitz and Stegun 6.4.6 and 6.4.12).
 *
 * @param x above 0.
 *
 * @example
 * ```ts
 * trigamma(1); // 1.64493407
 * ```
 */
export function trigamma(x: number): number {
  if (!(x > 0)) return NaN;
  let sum = 0;
  let at = x;
  for (; at < ASYMPTOTIC_FROM; at++) sum += 1 / (at * at);
  const inverse = 1 / (at * at);
  const series =
    (1 / at) * inverse * (1 / 6 - inverse * (1 / 30 - inverse * (1 / 42 - inverse * (1 / 30 - inverse * (5 / 66)))));
  return sum + 1 / at + inverse / 2 + series;
}
