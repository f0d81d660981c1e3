import { moderatedVariance, type VariancePrior } from './moderated-variance.js';
import { normalQuantile } from '../distributions/normal.js';
import { seasonMeans } from './season-means.js';
import { scanWindows, type WindowNull } from './window-scan.js';

const NO_SEASON = { seasonVariance: 0, slots: 1, windowsPerSlot: 1 };
const MOST_PERSISTENCE = 0.95;
/** From this share of the variance on, what windows wander by is clear enough to tell how it persists. */
const CLEAR_SHARE = 0.5;
const LEAST_CLEAR = 3;

/** A figure of a baseline's windows, in their order. */
export interface SeriesValues {
  readonly values: Float64Array;
  /** Events of each window, above 0. */
  readonly sizes: Float64Array;
  /** Each window's slot in the season, 0 to `season` − 1. */
  readonly slots: ArrayLike<number>;
  /** How many slots a season has; 1 or less: no season. */
  readonly season: number;
  /** How many slots a shorter season within it has, on which its own lean; 0: none. */
  readonly within?: number;
  /** The variance of the figure of a window of n events, under sampling alone, times n. */
  readonly variance: number;
  /** What a value differs by from what is expected, with variance `variance` / n; the difference itself unless stated. */
  readonly residual?: (value: number, n: number, expected: number) => number;
}

/** The first look at a series: what it is around, and how much more it varies than sampling explains. */
export interface SeriesVariation {
  readonly mean: number;
  readonly seasonMeans: Float64Array;
  readonly seasonVariances: Float64Array;
  readonly residuals: Float64Array;
  /** Observed variance over that of sampling alone. */
  readonly ratio: number;
  /** Degrees of freedom of `ratio` for independent windows. */
  readonly degrees: number;
  /** The share of the variance that is from window to window, 0 to 1. */
  readonly wanderShare: number;
  readonly persistence: number;
}

/** A series' null, with what is expected of each window. */
export interface SeriesNull extends WindowNull {
  readonly mean: number;
  readonly seasonMeans: Float64Array;
  readonly seasonVariances: Float64Array;
  /** Degrees of freedom of Student's distribution, which the z of a scan then follows. */
  readonly degrees: number;
}

/**
 * Takes a series apart into mean, season, window-to-window variance and sampling noise, by moments.
 *
 * @param series two windows or more.
 *
 * @example
 * ```ts
 * const none = { slots: [0, 0, 0, 0], season: 1, variance: 1 };
 * const series = { ...none, values: Float64Array.of(1, -1, 1, -1), sizes: Float64Array.of(4, 4, 4, 4) };
 * seriesVariation(series).ratio; // 5.333333
 * ```
 */
export function seriesVariation(series: SeriesValues): SeriesVariation {
  const { values, sizes, slots, season, variance } = series;
  const count = values.length;
  const events = sizes.reduce((sum, n) => sum + n, 0);
  const mean = values.reduce((sum, value, i) => sum + value * sizes[i], 0) / events;
  const profile = seasonMeans(
    values.map((value) => value - mean),
    slots,
    season,
    series.within ?? 0,
  );
  const residualOf = series.residual ?? ((value: number, _: number, expected: number) => value - expected);
  const expectedOf = (i: number): number => mean + (season > 1 ? profile.means[slots[i]] : 0);
  const residuals = values.map((value, i) => residualOf(value, sizes[i], expectedOf(i)));
  const degrees = Math.max(1, count - 1 - profile.degrees);
  const observed = residuals.reduce((sum, r) => sum + r * r, 0) / degrees;
  const sampling = (variance * count) / events;
  const wander = Math.max(0, observed - sampling);
  const ratio = observed / sampling;
  const wanderShare = wander / (wander + sampling);
  const persistence = wander === 0 ? 0 : persistenceOf(residuals, observed, wander, sampling, wander);
  return {
    ...{ mean, residuals, ratio, degrees, wanderShare, persistence },
    seasonMeans: profile.means,
    seasonVariances: profile.variances,
  };
}

/**
 * What many series say together about how their wandering persists: the mean of those in which it is clear. One series alone
 * is too short to tell.
 *
 * @returns 0 to 0.95; 0 where fewer than three are clear.
 *
 * @example
 * ```ts
 * pooledPersistence([]); // 0
 * ```
 */
export function pooledPersistence(series: readonly SeriesVariation[]): number {
  const clear = series.filter(({ wanderShare }) => wanderShare > CLEAR_SHARE);
  if (clear.length < LEAST_CLEAR) return 0;
  return clear.reduce((sum, { persistence }) => sum + persistence, 0) / clear.length;
}

/**
 * The degrees of freedom of a series' variance ratio: fewer than its windows where those are correlated (Bartlett, J. R. Stat.
 * Soc. 1946).
 *
 * @param leastPersistence what alike series say; see {@link pooledPersistence}.
 *
 * @example
 * ```ts
 * const base = { mean: 0, seasonMeans: [], seasonVariances: [], residuals: [], ratio: 2, degrees: 40 };
 * effectiveDegrees({ ...base, wanderShare: 0.5, persistence: 0.6 }, 0); // 33.394495
 * ```
 */
export function effectiveDegrees(
  { degrees, wanderShare, persistence }: SeriesVariation,
  leastPersistence: number,
): number {
  const phi = wanderShare === 0 ? 0 : Math.max(persistence, leastPersistence);
  const rho = phi * wanderShare;
  return (degrees * (1 - rho * rho)) / (1 + rho * rho);
}

/**
 * The null of a series: sampling noise over an autoregression of order one, over a season. Variances are moderated by a prior
 * of alike series and never below one standard error; the persistence is corrected for its bias in short series (Marriott and
 * Pope, Biometrika 1954); and the whole is widened until neither the filter's innovations nor a scan over the baseline's own windows show
 * more than its length explains.
 *
 * @param prior of the variance ratios of alike series; null: none is known.
 *
 * @example
 * ```ts
 * const none = { slots: [0, 0, 0, 0], season: 1, variance: 1 };
 * const series = { ...none, values: Float64Array.of(1, -1, 1, -1), sizes: Float64Array.of(4, 4, 4, 4) };
 * seriesNull(series, seriesVariation(series), null, 0).wander; // 1.083333
 * ```
 */
export function seriesNull(
  series: SeriesValues,
  variation: SeriesVariation,
  prior: VariancePrior | null,
  leastPersistence: number,
): SeriesNull {
  const { sizes, variance } = series;
  const { residuals, ratio } = variation;
  const count = sizes.length;
  const sampling = (variance * count) / sizes.reduce((sum, n) => sum + n, 0);
  const own = effectiveDegrees(variation, leastPersistence);
  const priorDegrees = prior?.degrees ?? 0;
  const total = sampling * moderatedVariance(ratio, own, prior);
  const moderated = Math.max(0, total - sampling);
  const share = moderated / (moderated + sampling);
  let persistence = 0;
  if (moderated > 0) persistence = persistenceOf(residuals, ratio * sampling, moderated, sampling, moderated);
  // A component that came out as nothing may be as much as one standard error.
  const wander = Math.max(moderated, sampling * Math.sqrt(2 / (priorDegrees + own)));
  persistence = Math.max(persistence, leastPersistence);
  const meanVariance = (sampling + (wander * (1 + persistence)) / (1 - persistence)) / count;
  const rho = persistence * share;
  const effective = (variation.degrees * (1 - rho * rho)) / (1 + rho * rho);
  const plain = { variance, wander, persistence, meanVariance, inflation: 1 };
  return {
    ...plain,
    mean: variation.mean,
    seasonMeans: variation.seasonMeans,
    seasonVariances: variation.seasonVariances,
    degrees: (priorDegrees + effective) / Math.max(0.05, share),
    inflation: inflationOf(plain, residuals, sizes, variation.degrees),
  };
}

function persistenceOf(
  residuals: Float64Array,
  observed: number,
  wander: number,
  sampling: number,
  clear: number,
): number {
  const count = residuals.length;
  let product = 0;
  for (let i = 1; i < count; i++) product += residuals[i] * residuals[i - 1];
  const covariance = product / (count - 1) + observed / count;
  const plain = Math.min(MOST_PERSISTENCE, Math.max(0, covariance / Math.max(wander, observed - sampling)));
  if (clear > sampling) return Math.min(MOST_PERSISTENCE, plain + (1 + 3 * plain) / count);
  return wander / (wander + sampling) < 0.3 ? Math.min(plain, 0.5) : plain;
}

function inflationOf(model: WindowNull, residuals: Float64Array, sizes: Float64Array, degrees: number): number {
  const known = { ...model, meanVariance: 0 };
  let squares = 0;
  let worst = 0;
  for (let end = 1; end <= residuals.length; end++) {
    const changes = scanWindows(known, { residuals, sizes, end, ...NO_SEASON });
    squares += changes[0].z ** 2;
    for (const { windows: stretch, z } of changes) if (stretch > 1) worst = Math.max(worst, Math.abs(z));
  }
  // A scan's many maxima over the windows are worth some four independent ones each; five in a hundred baselines exceed this.
  const usual = -normalQuantile(0.05 / (4 * residuals.length));
  return Math.max(1, squares / degrees) * Math.max(1, (worst / usual) ** 2);
}
