import { totalsOf } from './counts.js';

/**
 * The Hellinger distance over counts in the same bins: √(½ Σ (√p − √q)²) (Hellinger, J. reine angew. Math. 1909; in this
 * form Le Cam and Yang, "Asymptotics in Statistics", 2000).
 *
 * @returns 0 (same shares) to 1 (no bin in common); NaN where either side holds no values.
 * @throws RangeError where the bins differ or a count is no count.
 *
 * @example
 * ```ts
 * hellinger([100, 200, 100], [150, 150, 100]); // 0.103928
 * ```
 */
export function hellinger(reference: ArrayLike<number>, window: ArrayLike<number>): number {
  const [n, m] = totalsOf(reference, window);
  if (n === 0 || m === 0) return NaN;
  let sum = 0;
  for (let bin = 0; bin < reference.length; bin++) {
    const difference = Math.sqrt(reference[bin] / n) - Math.sqrt(window[bin] / m);
    sum += difference * difference;
  }
  return Math.min(1, Math.sqrt(sum / 2));
}
