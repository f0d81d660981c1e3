const TWO_OVER_ROOT_PI = 1.1283791670955126;
const ONE_OVER_ROOT_PI = 0.5641895835477563;
/** Below it the series, from it on the continued fraction. */
const FRACTION_FROM = 2;

/**
 * The error function, by a series of positive terms (Abramowitz and Stegun 7.1.6) near 0 and as 1 − erfc beyond.
 *
 * @returns −1 to 1.
 *
 * @example
 * ```ts
 * erf(0.5); // 0.5204999
 * ```
 */
export function erf(x: number): number {
  if (x < 0) return -erf(-x);
  return x < FRACTION_FROM ? series(x) : 1 - fraction(x);
}

/**
 * The complementary error function 1 − erf(x), by its continued fraction (Abramowitz and Stegun 7.1.14) in the upper tail,
 * where it keeps its relative precision down to the smallest numbers a double holds.
 *
 * @returns 0 to 2.
 *
 * @example
 * ```ts
 * erfc(3); // 0.0000220905
 * ```
 */
export function erfc(x: number): number {
  if (x < 0) return 1 + erf(-x);
  return x < FRACTION_FROM ? 1 - series(x) : fraction(x);
}

function series(x: number): number {
  let term = TWO_OVER_ROOT_PI * x * Math.exp(-x * x);
  let sum = term;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return sum;
}

function fraction(x: number): number {
  if (x > 27.3) return 0;
  // x + (1/2)/(x + 1/(x + (3/2)/(x + …))), from the inside out; 100 levels have full precision from x = 2 on.
  let tail = x;
  for (let k = 100; k >= 1; k--) tail = x + k / 2 / tail;
  return (ONE_OVER_ROOT_PI * expOfMinusSquare(x)) / tail;
}

/** e^(−x²), where rounding x² alone would cost about x² units in the last place. */
function expOfMinusSquare(x: number): number {
  const high = Math.round(x * 0x100000) / 0x100000;
  return Math.exp(-high * high) * Math.exp(-(x - high) * (x + high));
}
