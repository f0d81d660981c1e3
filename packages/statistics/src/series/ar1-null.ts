import { moderatedVariance, type VariancePrior } from './moderated-variance.js';
import { moderatedPersistence, persistenceOf, type PersistencePrior } from './persistence.js';
import { seasonMeans } from './season-means.js';
import { stretchDegrees } from './stretch-degrees.js';
import type { WindowNull } from './window-scan.js';

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
  /** 1 where a window follows the one before it, 0 where others between them were left out; all follow unless stated. */
  readonly follows?: ArrayLike<number>;
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
  readonly betweenShare: number;
  readonly persistence: number;
}

/** A series' null, with what is expected of each window. */
export interface SeriesNull extends WindowNull {
  readonly mean: number;
  readonly seasonMeans: Float64Array;
  readonly seasonVariances: Float64Array;
  /** Degrees of freedom of Student's distribution, which the z of a scan then follows: of each of its stretches. */
  readonly degrees: readonly number[];
}

/**
 * Takes a series apart into mean, season, window-to-window variance and sampling noise, by moments.
 *
 * @param series two windows or more.
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
  // Weighed by events, as the mean is: sampling alone then gives exactly its share, however uneven the traffic.
  const squares = residuals.reduce((sum, r, i) => sum + sizes[i] * r * r, 0);
  const observed = (squares * count) / (events * degrees) + profile.taken;
  const sampling = (variance * count) / events;
  const between = Math.max(0, observed - sampling);
  const ratio = observed / sampling;
  const betweenShare = between / (between + sampling);
  const persistence = between === 0 ? 0 : persistenceOf(residuals, observed, between, sampling, series.follows);
  return {
    ...{ mean, residuals, ratio, degrees, betweenShare, persistence },
    seasonMeans: profile.means,
    seasonVariances: profile.variances,
  };
}

/** A series' variance over that of sampling, with its degrees of freedom. */
export interface VarianceRatio {
  readonly ratio: number;
  readonly degrees: number;
}

/**
 * The variance ratio of a series whose windows are correlated. Around its own mean such a series varies less than it does by itself, by what its mean
 * varies; and it has fewer degrees of freedom than windows, n ÷ (1 + 2 Σ ρₖ²) with correlations ρₖ = s φᵏ, of a share s of the
 * variance (Bartlett, J. R. Stat. Soc. 1946).
 */
export function varianceRatio(variation: SeriesVariation, persistence: PersistencePrior): VarianceRatio {
  const { ratio, degrees, betweenShare, residuals } = variation;
  const phi = moderatedPersistence(variation.persistence, betweenShare, residuals.length, persistence);
  const lost = (meanFactor(phi, residuals.length) - 1) / residuals.length;
  return {
    ratio: ratio > 1 ? 1 + (ratio - 1) / (1 - lost) : ratio,
    degrees: degrees / (1 + (2 * (betweenShare * phi) ** 2) / (1 - phi ** 2)),
  };
}

/**
 * The null of a series before it is held against its own windows. Variances are moderated by a prior of alike series and never
 * below one standard error.
 *
 * @param own its variance ratio. @param prior of those of alike series; null: none is known.
 */
export function seriesNull(
  series: SeriesValues,
  variation: SeriesVariation,
  own: VarianceRatio,
  prior: VariancePrior | null,
  persistencePrior: PersistencePrior,
): SeriesNull {
  const { sizes, variance } = series;
  const count = sizes.length;
  const sampling = (variance * count) / sizes.reduce((sum, n) => sum + n, 0);
  const degrees = (prior?.degrees ?? 0) + own.degrees;
  const moderated = Math.max(0, sampling * moderatedVariance(own.ratio, own.degrees, prior) - sampling);
  const persistence = moderatedPersistence(variation.persistence, variation.betweenShare, count, persistencePrior);
  // A component that came out as nothing may be as much as one standard error.
  const between = Math.max(moderated, sampling * Math.sqrt(2 / degrees));
  const modelAt = (size: number): WindowNull => ({
    ...{ variance, between: size, persistence, inflation: 1 },
    meanVariance: (sampling + size * meanFactor(persistence, count)) / count,
  });
  // What sampling gives is known: where it is most of the variance, little of that is uncertain.
  const ofOne = degrees / Math.max(0.05, Math.min(1, moderated / sampling));
  return {
    ...modelAt(between),
    mean: variation.mean,
    seasonMeans: variation.seasonMeans,
    seasonVariances: variation.seasonVariances,
    degrees: stretchDegrees(modelAt, between, variance / sampling, ofOne),
  };
}

/** The variance of the mean of n windows of an autoregression over that of n independent ones; from 1 to n. */
function meanFactor(phi: number, count: number): number {
  return (1 + phi) / (1 - phi) - (2 * phi * (1 - phi ** count)) / (count * (1 - phi) ** 2);
}
