import { totalsOf } from './counts.js';
import { hellinger } from './hellinger.js';
import { chiSquareSf } from '../distributions/incomplete-gamma.js';
import { jensenShannonDistance } from './jensen-shannon.js';
import { logGamma } from '../distributions/log-gamma.js';
import { noncentralityInterval } from '../distributions/noncentral-chi-square.js';
import { psi } from './psi.js';

/** The distances over bins that are functions of an f-divergence Σ p f(q / p). */
export type DivergenceName = 'psi' | 'jensenShannonDistance' | 'hellinger';

interface Divergence {
  readonly distance: (reference: ArrayLike<number>, window: ArrayLike<number>) => number;
  /** f and its derivative at a ratio of shares. */
  readonly f: (t: number) => number;
  readonly slope: (t: number) => number;
  /** f″(1) / 2: the divergence is about this times Σ (q − p)² / p. */
  readonly curvature: number;
  /** The distance is the root of the divergence over this; null: it is the divergence itself. */
  readonly rootOver: number | null;
}

const DIVERGENCES: Readonly<Record<DivergenceName, Divergence>> = {
  psi: {
    distance: psi,
    f: (t) => (t - 1) * Math.log(t),
    slope: (t) => Math.log(t) + 1 - 1 / t,
    ...{ curvature: 1, rootOver: null },
  },
  jensenShannonDistance: {
    distance: jensenShannonDistance,
    f: (t) => (t * Math.log((2 * t) / (1 + t)) + Math.log(2 / (1 + t))) / 2,
    slope: (t) => Math.log((2 * t) / (1 + t)) / 2,
    ...{ curvature: 1 / 8, rootOver: Math.LN2 },
  },
  hellinger: {
    distance: hellinger,
    f: (t) => (Math.sqrt(t) - 1) ** 2 / 2,
    slope: (t) => (1 - 1 / Math.sqrt(t)) / 2,
    ...{ curvature: 1 / 8, rootOver: 1 },
  },
};

/**
 * What a distance is on average when nothing has changed. To first order an f-divergence of two samples is then f″(1)/2 · (1/n + 1/m)
 * times a chi-square variable with bins − 1 degrees of freedom (Salicrú, Morales, Menéndez and Pardo, J. Multivar. Anal. 1994), and its
 * root a chi variable. It holds where every bin expects several values.
 *
 * @param bins how many bins can hold values; 1 or more.
 * @param n values in the reference. @param m values in the window.
 * @returns 0 or more; Infinity where n or m is 0.
 *
 * @example
 * ```ts
 * divergenceBias('jensenShannonDistance', 10, 5000, 1000); // 0.042925
 * ```
 */
export function divergenceBias(name: DivergenceName, bins: number, n: number, m: number): number {
  if (bins <= 1) return 0;
  const { curvature, rootOver } = DIVERGENCES[name];
  const scale = curvature * (1 / n + 1 / m);
  const degrees = bins - 1;
  if (rootOver === null) return scale * degrees;
  const meanOfChi = Math.SQRT2 * Math.exp(logGamma((degrees + 1) / 2) - logGamma(degrees / 2));
  return Math.sqrt(scale / rootOver) * meanOfChi;
}

/**
 * The probability of a distance of at least `value` when nothing has changed, by the asymptotic law of {@link divergenceBias}.
 *
 * @param value 0 or more.
 * @returns 0 to 1; 1 in one bin; NaN where the value is NaN or a side has no values.
 *
 * @example
 * ```ts
 * divergencePValue('psi', 0.0308, 10, 5000, 1000); // 0.002316
 * ```
 */
export function divergencePValue(name: DivergenceName, value: number, bins: number, n: number, m: number): number {
  if (!(n > 0 && m > 0) || Number.isNaN(value)) return NaN;
  if (bins <= 1) return 1;
  const { curvature, rootOver } = DIVERGENCES[name];
  const divergence = rootOver === null ? value : value * value * rootOver;
  return chiSquareSf(divergence / (curvature * (1 / n + 1 / m)), bins - 1);
}

/**
 * A confidence interval of the distance between the distributions that two histograms are drawn from. The divergence over its scale is
 * taken to be a noncentral chi-square variable, which it is near no change; the scale is raised to what the delta method gives far
 * from it, where the variance is 4 · scale · divergence. Coverage is tested from no change up to a shift of one standard deviation. Cost in
 * proportion to the root of the statistic: some milliseconds for thousands of values.
 *
 * @param confidence above 0 and below 1.
 * @returns from, to: 0 or more, and the bounded distances at most 1; [0, 0] in one bin, and where
 *   the sides agree more closely than sampling would let them; NaN where a side has no values.
 * @throws RangeError where the bins differ or a count is no count.
 *
 * @example
 * ```ts
 * divergenceInterval('psi', [100, 200, 100], [150, 150, 100])[0]; // 0.020236
 * divergenceInterval('psi', [100, 200, 100], [150, 150, 100])[1]; // 0.180577
 * ```
 */
export function divergenceInterval(
  name: DivergenceName,
  reference: ArrayLike<number>,
  window: ArrayLike<number>,
  confidence = 0.95,
): readonly [low: number, high: number] {
  const [n, m] = totalsOf(reference, window);
  if (n === 0 || m === 0) return [NaN, NaN];
  const used = Array.from(reference, (_, bin) => bin).filter((bin) => reference[bin] + window[bin] > 0);
  if (used.length <= 1) return [0, 0];
  const { distance, curvature, rootOver } = DIVERGENCES[name];
  const before = used.map((bin) => reference[bin]);
  const after = used.map((bin) => window[bin]);
  const value = distance(before, after);
  const divergence = rootOver === null ? value : value * value * rootOver;
  const near = curvature * (1 / n + 1 / m);
  const far = divergence === 0 ? 0 : varianceOf(DIVERGENCES[name], before, after, n, m) / (4 * divergence);
  const scale = Math.max(near, far);
  const bounds = noncentralityInterval(divergence / scale, used.length - 1, confidence).map((each) => {
    const bound = each * scale;
    return rootOver === null ? bound : Math.min(1, Math.sqrt(bound / rootOver));
  });
  return [bounds[0], bounds[1]];
}

/** The variance of a divergence by the delta method, with half a count in every bin. */
function varianceOf(
  { f, slope }: Divergence,
  reference: readonly number[],
  window: readonly number[],
  n: number,
  m: number,
): number {
  const half = reference.length / 2;
  const p = reference.map((count) => (count + 0.5) / (n + half));
  const q = window.map((count) => (count + 0.5) / (m + half));
  const ratios = p.map((share, bin) => q[bin] / share);
  const byWindow = ratios.map(slope);
  const byReference = ratios.map((t, bin) => f(t) - t * byWindow[bin]);
  return varianceUnder(p, byReference) / n + varianceUnder(q, byWindow) / m;
}

function varianceUnder(shares: readonly number[], values: readonly number[]): number {
  const mean = shares.reduce((sum, share, bin) => sum + share * values[bin], 0);
  return shares.reduce((sum, share, bin) => sum + share * (values[bin] - mean) ** 2, 0);
}
