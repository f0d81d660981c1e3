import { normalQuantile } from '../distributions/normal.js';
import { forEachStretch, type PiecewiseCdf } from './piecewise-cdf.js';
import { seededUniform } from '../seeded-uniform.js';

/** A stretch of the pooled distribution function, a straight line over so much of the column's unit. */
interface Stretch {
  readonly width: number;
  readonly start: number;
  readonly end: number;
}

/**
 * What the Wasserstein distance of n and m values is on average when nothing has changed: √(2/π) √(1/n + 1/m) ∫ √(H (1 − H)) dx with H
 * the pooled distribution function, as √n (F̂ − F) tends to a Brownian bridge over F (del Barrio, Giné and Matrán, Ann. Probab. 1999). It
 * wants tails for which that integral is finite.
 *
 * @param n values on one side, 1 or more. @param m values on the other.
 * @returns 0 or more, in the column's own unit; NaN where either has no values.
 *
 * @example
 * ```ts
 * wassersteinBias(empiricalCdf([1, 2, 3, 4]), empiricalCdf([1, 2, 3, 4]), 4, 4); // 0.770697
 * ```
 */
export function wassersteinBias(a: PiecewiseCdf, b: PiecewiseCdf, n: number, m: number): number {
  const stretches = stretchesOf(a, b, n, m);
  if (stretches === null) return NaN;
  const area = stretches.reduce((sum, { width, start, end }) => sum + width * meanBridgeDeviation(start, end), 0);
  return Math.sqrt((2 / Math.PI) * (1 / n + 1 / m)) * area;
}

/**
 * The probability of a Wasserstein distance of at least `value` when nothing has changed: the share of Brownian bridges over the
 * pooled distribution function whose area is as great, the observed one counted among them (Phipson and Smyth 2010). Bridges are
 * drawn at the functions' breakpoints. Asymptotic in n and m.
 *
 * @param value the distance, in the column's own unit.
 * @param draws 999 unless stated; the p-value's own standard error is √(p (1 − p) / draws). @param seed equal seeds, equal answers.
 * @returns between 1 / (draws + 1) and 1; NaN where the value is NaN or a side has no values.
 *
 * @example
 * ```ts
 * const same = empiricalCdf([1, 2, 3, 4]);
 * wassersteinPValue(0, same, same, 4, 4); // 1
 * ```
 */
export function wassersteinPValue(
  value: number,
  a: PiecewiseCdf,
  b: PiecewiseCdf,
  n: number,
  m: number,
  { draws = 999, seed = 1 }: { readonly draws?: number; readonly seed?: number } = {},
): number {
  const stretches = stretchesOf(a, b, n, m);
  if (stretches === null || Number.isNaN(value)) return NaN;
  const uniform = seededUniform(seed);
  const normal = (): number => normalQuantile((uniform() * 4294967296 + 0.5) / 4294967296);
  const scale = Math.sqrt(1 / n + 1 / m);
  // A Wiener process at each end of each stretch, in their order; less its end value times H it is a bridge.
  const motion = new Float64Array(2 * stretches.length);
  let reached = 1;
  for (let draw = 0; draw < draws; draw++) {
    let [at, place] = [0, 0];
    const goTo = (h: number): number => {
      if (h > place) at += Math.sqrt(h - place) * normal();
      place = Math.max(place, h);
      return at;
    };
    stretches.forEach(({ start, end }, i) => {
      motion[2 * i] = goTo(start);
      motion[2 * i + 1] = goTo(end);
    });
    const last = goTo(1);
    let area = 0;
    stretches.forEach(({ width, start, end }, i) => {
      area += (width * (Math.abs(motion[2 * i] - start * last) + Math.abs(motion[2 * i + 1] - end * last))) / 2;
    });
    if (scale * area >= value) reached++;
  }
  return reached / (draws + 1);
}

function stretchesOf(a: PiecewiseCdf, b: PiecewiseCdf, n: number, m: number): Stretch[] | null {
  if (a.xs.length === 0 || b.xs.length === 0 || !(n >= 1 && m >= 1)) return null;
  const stretches: Stretch[] = [];
  const pooled = (x: number, y: number): number => (n * x + m * y) / (n + m);
  forEachStretch(a, b, (width, aStart, bStart, aEnd, bEnd) => {
    stretches.push({ width, start: pooled(aStart, bStart), end: pooled(aEnd, bEnd) });
  });
  return stretches;
}

/** The mean of √(h (1 − h)) for h from one value to another. */
function meanBridgeDeviation(start: number, end: number): number {
  if (Math.abs(end - start) < 1e-6) return Math.sqrt(Math.max(0, ((start + end) / 2) * (1 - (start + end) / 2)));
  const integral = (h: number): number =>
    ((2 * h - 1) * Math.sqrt(Math.max(0, h * (1 - h)))) / 4 + Math.asin(Math.max(-1, Math.min(1, 2 * h - 1))) / 8;
  return (integral(end) - integral(start)) / (end - start);
}
