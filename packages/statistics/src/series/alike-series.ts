import { inflationOf, misfitOf } from './misfit.js';
import { variancePrior, type VariancePrior } from './moderated-variance.js';
import { persistencePrior } from './persistence.js';
import {
  effectiveDegrees,
  seriesNull,
  seriesVariation,
  type SeriesNull,
  type SeriesValues,
} from './wandering-series.js';

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
 * seriesNulls([series], [null])[0].wander; // 1.083333
 * ```
 */
export function seriesNulls(series: readonly SeriesValues[], families: readonly (string | null)[]): SeriesNull[] {
  const variations = series.map(seriesVariation);
  const persistence = persistencePrior(variations.filter((_, i) => families[i] !== null));
  const variances = priorsOf(families, (i) => [variations[i].ratio, effectiveDegrees(variations[i], persistence)]);
  const nulls = series.map((each, i) => seriesNull(each, variations[i], variances[i], persistence));
  const misfits = nulls.map((each, i) =>
    misfitOf(each, variations[i].residuals, series[i].sizes, variations[i].degrees),
  );
  const ratios = priorsOf(families, (i) => [misfits[i].ratio, misfits[i].degrees]);
  return nulls.map((each, i) => ({ ...each, inflation: inflationOf(misfits[i], ratios[i]) }));
}

/** For each series the prior of its family, from a variance of each member with its degrees of freedom. */
function priorsOf(
  families: readonly (string | null)[],
  varianceOf: (series: number) => readonly [variance: number, degrees: number],
): (VariancePrior | null)[] {
  const members = new Map<string, number[]>();
  families.forEach((family, i) => {
    if (family === null) return;
    const known = members.get(family);
    if (known === undefined) members.set(family, [i]);
    else known.push(i);
  });
  const priors = new Map(
    [...members].map(([family, each]): [string, VariancePrior | null] => {
      const variances = each.map(varianceOf);
      return [
        family,
        variancePrior(
          variances.map(([variance]) => variance),
          variances.map(([, degrees]) => degrees),
        ),
      ];
    }),
  );
  return families.map((family) => (family === null ? null : (priors.get(family) ?? null)));
}
