const EULER_MASCHERONI = 0.5772156649015329;
const HALF_LOG_TWO_PI = 0.9189385332046728;
/** From here the asymptotic series below has full precision. */
const ASYMPTOTIC_FROM = 12;
/** B(2k) / (2k (2k − 1)), k = 1 … 8, of Stirling's series. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400];
/** ζ(k) − 1 for k = 2 … 31. */
const ZETA_LESS_ONE = Array.from({ length: 30 }, (_, i) => zetaLessOne(i + 2));

/**
 * The natural logarithm of the gamma function. By its Taylor series about 2 (Abramowitz and Stegun 6.1.33) near its zeros 1
 * and 2, so that it keeps its relative precision there, and by Stirling's series (6.1.41) elsewhere.
 *
 * @param x above 0.
 * @returns ln Γ(x); Infinity at 0, NaN below it.
 *
 * @example
 * ```ts
 * logGamma(5); // 3.1780538
 * logGamma(0.5); // 0.5723649
 * ```
 */
export function logGamma(x: number): number {
  if (!(x >= 0)) return NaN;
  if (x === 0 || x === Infinity) return Infinity;
  if (x < 0.5) return logGamma(x + 1) - Math.log(x);
  if (x < 1.5) return nearTwo(x - 1) - Math.log1p(x - 1);
  if (x <= 2.5) return nearTwo(x - 2);
  let shifted = x;
  let product = 1;
  while (shifted < ASYMPTOTIC_FROM) product *= shifted++;
  return (shifted - 0.5) * Math.log(shifted) - shifted + HALF_LOG_TWO_PI + stirlingSeries(shifted) - Math.log(product);
}

/**
 * How far Stirling's formula is from ln Γ(x + 1): ln Γ(x + 1) − (x + ½) ln x + x − ½ ln 2π. Loader's saddle-point forms of
 * the discrete distributions are built on it, as it is small where ln Γ itself is huge.
 *
 * @param x above 0.
 *
 * @example
 * ```ts
 * stirlingError(10); // 0.00833056
 * ```
 */
export function stirlingError(x: number): number {
  if (x >= ASYMPTOTIC_FROM) return stirlingSeries(x);
  return logGamma(x + 1) - (x + 0.5) * Math.log(x) + x - HALF_LOG_TWO_PI;
}

function stirlingSeries(x: number): number {
  const inverseSquare = 1 / (x * x);
  let sum = 0;
  for (let k = STIRLING.length - 1; k >= 0; k--) sum = sum * inverseSquare + STIRLING[k];
  return sum / x;
}

/** ln Γ(2 + z) for |z| up to a half. */
function nearTwo(z: number): number {
  let sum = 0;
  for (let k = ZETA_LESS_ONE.length + 1; k >= 2; k--) sum = ZETA_LESS_ONE[k - 2] / k - z * sum;
  return z * (1 - EULER_MASCHERONI) + z * z * sum;
}

/** ζ(k) − 1: twenty terms, and the rest by Euler–Maclaurin. */
function zetaLessOne(k: number): number {
  const n = 20;
  const power = n ** -k;
  let sum = (power * n) / (k - 1) + power / 2;
  sum += (k * power) / (12 * n) - (k * (k + 1) * (k + 2) * power) / (720 * n ** 3);
  sum += (k * (k + 1) * (k + 2) * (k + 3) * (k + 4) * power) / (30240 * n ** 5);
  for (let j = n - 1; j >= 2; j--) sum += j ** -k;
  return sum;
}
