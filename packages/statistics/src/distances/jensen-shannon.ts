import { totalsOf } from './counts.js';

/**
 * The Jensen–Shannon distance over counts in the same bins: the square root of the divergence in bits, without smoothing
 * (Lin, "Divergence measures based on the Shannon entropy", IEEE Trans. Inf. Theory 1991; that its root is a metric:
 * Endres and Schindelin, IEEE Trans. Inf. Theory 2003).
 *
 * @returns 0 (same shares) to 1 (no bin in common); NaN where either side holds no values.
 * @throws RangeError where the bins differ or a count is no count.
 *
 * @example
 * ```ts
 * jensenShannonDistance([100, 200, 100], [150, 150, 100]); // 0.124662
 * jensenShannonDistance([10, 0], [0, 10]); // 1
 * ```
 */
export function jensenShannonDistance(reference: ArrayLike<number>, window: ArrayLike<number>): number {
  const [n, m] = totalsOf(reference, window);
  if (n === 0 || m === 0) return NaN;
  let divergence = 0;
  for (let bin = 0; bin < reference.length; bin++) {
    const p = reference[bin] / n;
    const q = window[bin] / m;
    if (p + q > 0) divergence += ((p + q) / 4) * entropyLoss((p - q) / (p + q));
  }
  return Math.min(1, Math.sqrt(divergence / Math.LN2));
}

/** (1 + u) ln(1 + u) + (1 − u) ln(1 − u): by its series near 0, where the two parts would cancel. */
function entropyLoss(u: number): number {
  const square = u * u;
  if (square >= 0.01) return entropyTerm(1 + u) + entropyTerm(1 - u);
  let sum = 0;
  let power = square;
  for (let k = 1; k <= 8; k++, power *= square) sum += power / (k * (2 * k - 1));
  return sum;
}

function entropyTerm(x: number): number {
  return x === 0 ? 0 : x * Math.log(x);
}
