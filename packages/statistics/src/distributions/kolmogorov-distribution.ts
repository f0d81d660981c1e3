import { binomialPmf } from './discrete-distributions.js';
import { logGamma } from './log-gamma.js';

/** How far apart the terms of the one-sided sum are taken for large n: it is smooth, and the trapezium rule on it exact. */
const ONE_SIDED_NODES = 8192;

/**
 * The upper tail of Kolmogorov's limiting distribution: P(√n D > z) as n grows (Kolmogorov 1933; both series in Feller, Ann.
 * Math. Stat. 1948).
 *
 * @param z √n times the KS statistic.
 * @returns 0 to 1.
 *
 * @example
 * ```ts
 * kolmogorovSf(1.3580986393225507); // 0.05
 * ```
 */
export function kolmogorovSf(z: number): number {
  if (Number.isNaN(z)) return NaN;
  if (z <= 0) return 1;
  if (z < 1) return 1 - limit(z);
  let sum = 0;
  for (let k = 8; k >= 1; k--) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * z * z);
  return sum;
}

/**
 * The upper tail of the one-sample, two-sided KS statistic of n values, at finite n: P(D ≥ d). As Simard and L'Ecuyer
 * ("Computing the two-sided Kolmogorov–Smirnov distribution", J. Stat. Software 2011) divide the work: Durbin's matrix for
 * small n, twice Smirnov's one-sided probability in the tail, and the expansion of Pelz and Good (J. R. Stat. Soc. B 1976)
 * in the middle for large n. At least five digits everywhere, more where n is small or the tail far.
 *
 * @param d the statistic, 0 to 1.
 * @param n how many values, a whole number of 1 or more.
 * @returns 0 to 1; NaN where n is not such a number.
 *
 * @example
 * ```ts
 * kolmogorovSmirnovSf(0.2, 40); // 0.070482
 * ```
 */
export function kolmogorovSmirnovSf(d: number, n: number): number {
  if (!(n >= 1 && Number.isInteger(n)) || Number.isNaN(d)) return NaN;
  if (2 * n * d <= 1) return 1;
  if (d >= 1) return 0;
  const squared = n * d * d;
  if (d >= 0.5 || squared >= (n <= 140 ? 4 : 2.2)) return Math.min(1, 2 * oneSided(d, n));
  if (n <= 140 || (n <= 3000 && n * d ** 1.5 <= 1.4)) return clip(1 - durbinMatrix(d, n));
  return clip(1 - pelzGood(d, n));
}

/** P(D⁺ ≥ d) = d Σ C(n, j) (d + j/n)^(j − 1) (1 − d − j/n)^(n − j) (Smirnov 1944), each term by Loader's binomial. */
function oneSided(d: number, n: number): number {
  const last = n * (1 - d);
  const stride = Math.max(1, Math.floor(n / ONE_SIDED_NODES));
  let sum = 0;
  for (let j = 0; j <= last; j += stride) {
    const p = d + j / n;
    const q = (last - j) / n;
    sum += (binomialPmf(j, n, p, q) * d) / p;
  }
  return sum * stride;
}

/** P(D < d) = n!/nⁿ (Hⁿ)[k, k] (Durbin 1973; Marsaglia, Tsang and Wang, J. Stat. Software 2003). */
function durbinMatrix(d: number, n: number): number {
  const k = Math.ceil(n * d);
  const h = k - n * d;
  const size = 2 * k - 1;
  const inverseFactorials = new Float64Array(size + 1).fill(1);
  for (let i = 1; i <= size; i++) inverseFactorials[i] = inverseFactorials[i - 1] / i;
  const step = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= Math.min(row + 1, size - 1); column++) {
      let entry = 1;
      if (column === 0) entry -= h ** (row + 1);
      if (row === size - 1) entry -= h ** (size - column);
      if (column === 0 && row === size - 1 && h > 0.5) entry += (2 * h - 1) ** size;
      step[row * size + column] = entry * inverseFactorials[row - column + 1];
    }
  }
  const { matrix, logScale } = matrixPower(step, size, n);
  const centre = matrix[(k - 1) * size + (k - 1)];
  return centre * Math.exp(logGamma(n + 1) - n * Math.log(n) + logScale);
}

function matrixPower(base: Float64Array, size: number, exponent: number): { matrix: Float64Array; logScale: number } {
  if (exponent === 1) return { matrix: base, logScale: 0 };
  const half = matrixPower(base, size, Math.floor(exponent / 2));
  let matrix = product(half.matrix, half.matrix, size);
  if (exponent % 2 === 1) matrix = product(matrix, base, size);
  // Kept near 1, as the powers would overflow from about n = 700 on.
  const largest = matrix.reduce((a, b) => Math.max(a, b), 0);
  return { matrix: matrix.map((entry) => entry / largest), logScale: 2 * half.logScale + Math.log(largest) };
}

function product(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let inner = 0; inner < size; inner++) {
      const factor = a[row * size + inner];
      for (let column = 0; column < size; column++) result[row * size + column] += factor * b[inner * size + column];
    }
  }
  return result;
}

/** P(√n D < z) as K₀ + K₁/√n + K₂/n + K₃/n^(3/2). */
function pelzGood(d: number, n: number): number {
  const z = Math.sqrt(n) * d;
  const z2 = z * z;
  const z4 = z2 * z2;
  const z6 = z4 * z2;
  let [k1, k2, k3] = [0, 0, 0];
  for (let k = 0; k < 12; k++) {
    const odd = (Math.PI * (k + 0.5)) ** 2;
    const oddWeight = 2 * Math.exp(-odd / (2 * z2));
    k1 += (odd - z2) * oddWeight;
    k2 += (6 * z6 + 2 * z4 + odd * (2 * z4 - 5 * z2) + odd * odd * (1 - 2 * z2)) * oddWeight;
    k3 +=
      (odd ** 3 * (5 - 30 * z2) +
        odd * odd * (212 * z4 - 60 * z2) +
        odd * (135 * z4 - 96 * z6) -
        30 * z6 -
        90 * z4 * z4) *
      oddWeight;
    const even = (Math.PI * (k + 1)) ** 2;
    const evenWeight = 2 * Math.exp(-even / (2 * z2));
    k2 -= 2 * z4 * even * evenWeight;
    k3 += 30 * z4 * (3 * even * z2 - even * even) * evenWeight;
  }
  const root = Math.sqrt(Math.PI / 2);
  const first = (root * k1) / (6 * z4);
  const second = (root * k2) / (72 * z6 * z);
  const third = (root * k3) / (6480 * z6 * z4);
  return limit(z) + first / Math.sqrt(n) + second / n + third / n ** 1.5;
}

/** Kolmogorov's limiting distribution function, by the series that converges for small z. */
function limit(z: number): number {
  let sum = 0;
  for (let k = 12; k >= 0; k--) sum += Math.exp(-((Math.PI * (k + 0.5)) ** 2) / (2 * z * z));
  return (Math.sqrt(2 * Math.PI) / z) * sum;
}

function clip(p: number): number {
  return Math.min(1, Math.max(0, p));
}
