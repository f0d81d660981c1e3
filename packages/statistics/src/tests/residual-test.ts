import { changeAlong, type ChangeAlong } from './change-along.js';

/** The residuals of one bin of predicted values, in a window and in its baseline. */
export interface BinResiduals {
  /** The predicted value. */
  readonly at: number;
  readonly window: ResidualMoments;
  readonly baseline: ResidualMoments;
}

export interface ResidualMoments {
  /** In equal labels. */
  readonly labels: number;
  readonly mean: number;
  readonly variance: number;
}

/** Fewer labels on a side tell too little of a variance. */
const LEAST_LABELS = 5;

/**
 * Whether residuals are, given the predicted value, still what they were: the squared differences of the bins' means over their variance, with
 * the variances of both sides, divided into what all bins share (`offset`: above 0 where predictions are now higher against the truth), what
 * rises with the predicted value (`slope`), and the rest.
 *
 * @param bins by ascending value; those with fewer than five labels on a side are left out.
 * @returns NaN p-values and no degrees of freedom without labels.
 *
 * @example
 * ```ts
 * const bin = (at, mean) => ({ at, window: { labels: 100, mean, variance: 1 }, baseline: { labels: 1e9, mean: 0, variance: 1 } });
 * residualTest([bin(1, -0.3), bin(2, 0), bin(3, 0.3)]).slope.z; // 4.24264
 * residualTest([bin(1, -0.3), bin(2, 0), bin(3, 0.3)]).offset.z; // 0
 * ```
 */
export function residualTest(bins: readonly BinResiduals[]): ChangeAlong {
  const groups = bins
    .filter(({ window, baseline }) => window.labels >= LEAST_LABELS && baseline.labels >= LEAST_LABELS)
    .map(({ at, window, baseline }) => ({
      at,
      difference: window.mean - baseline.mean,
      variance: window.variance / window.labels + baseline.variance / baseline.labels,
      effect: 1,
    }));
  return changeAlong(groups.filter(({ variance }) => variance > 0));
}
