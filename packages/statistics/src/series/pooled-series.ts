import { allAtOnce, type Steps } from '../steps.js';
import { inflationOf, varianceInflationOf } from './variance-inflation.js';
import { variancePrior, type VariancePrior } from './moderated-variance.js';
import { persistencePrior } from './persistence.js';
import {
  seriesNull,
  seriesVariation,
  varianceRatio,
  type SeriesNull,
  type SeriesValues,
  type VarianceRatio,
} from './ar1-null.js';

/** No chance makes so little of sampling's variance, over a dozen windows. */
const LEAST_RATIO = 0.01;

/**
 * Fits the nulls of many series: sampling noise over an autoregression of order one, over a season. One baseline is too short to
 * tell much of one series, so they borrow from each other: variances from those of their family (Smyth 2004), the persistence of
 * their wandering from all that have a family, each as far as they differ no more than chance explains. Then each is widened
 * until the baseline's own windows show no more than it explains.
 *
 * @param families a name for each series; null: it borrows no variance, and lends nothing.
 * @returns a null a series, with `inflation` 1 or more.
 *
 * @example
 * ```ts
 * const none = { slots: [0, 0, 0, 0], season: 1, variance: 1 };
 * const series = { ...none, values: Float64Array.of(1, -1, 1, -1), sizes: Float64Array.of(4, 4, 4, 4) };
 * seriesNulls([series], [null])[0].between; // 1.219048
 * ```
 */
export function seriesNulls(series: readonly SeriesValues[], families: readonly (string | null)[]): SeriesNull[] {
  return allAtOnce(fitSeriesNulls(series, families));
}

/**
 * As {@link seriesNulls}, in steps of one series: a baseline may have tens of thousands, which take seconds.
 *
 * @example
 * ```ts
 * const none = { slots: [0, 0, 0, 0], season: 1, variance: 1 };
 * const series = { ...none, values: Float64Array.of(1, -1, 1, -1), sizes: Float64Array.of(4, 4, 4, 4) };
 * const steps = fitSeriesNulls([series], [null]);
 * allAtOnce(steps)[0].between; // 1.219048
 * ```
 */
export function* fitSeriesNulls(
  series: readonly SeriesValues[],
  families: readonly (string | null)[],
): Steps<SeriesNull[]> {
  const variations = yield* each(series, seriesVariation);
  const persistence = persistencePrior(variations.filter((_, i) => families[i] !== null));
  const own = yield* each(variations, (variation) => varianceRatio(variation, persistence));
  const priors = priorsOf(families, own);
  const nulls = yield* each(series, (values, i) => seriesNull(values, variations[i], own[i], priors[i], persistence));
  const inflations = yield* each(nulls, (fitted, i) =>
    varianceInflationOf(fitted, variations[i].residuals, series[i].sizes, variations[i].degrees, series[i].follows),
  );
  const usual = priorsOf(families, inflations);
  return nulls.map((fitted, i) => ({ ...fitted, inflation: inflationOf(inflations[i], usual[i]) }));
}

function* each<Item, Result>(items: readonly Item[], make: (item: Item, at: number) => Result): Steps<Result[]> {
  const made: Result[] = [];
  for (const [at, item] of items.entries()) {
    made.push(make(item, at));
    yield;
  }
  return made;
}

/** For each series the prior of its family, from a ratio of variances of each member; null where it has no family or too small a one. */
function priorsOf(families: readonly (string | null)[], ratios: readonly VarianceRatio[]): (VariancePrior | null)[] {
  const members = new Map<string, VarianceRatio[]>();
  families.forEach((family, i) => {
    // A figure that never varies, as the rate of a fault that never comes, is like none that does.
    if (family === null || ratios[i].ratio < LEAST_RATIO) return;
    const known = members.get(family);
    if (known === undefined) members.set(family, [ratios[i]]);
    else known.push(ratios[i]);
  });
  const priors = new Map(
    [...members].map(([family, each]) => [
      family,
      variancePrior(
        each.map(({ ratio }) => ratio),
        each.map(({ degrees }) => degrees),
      ),
    ]),
  );
  return families.map((family, i) =>
    family === null || ratios[i].ratio < LEAST_RATIO ? null : (priors.get(family) ?? null),
  );
}
