import { normalQuantile } from '../distributions/normal.js';
import { moderatedVariance, type VariancePrior } from './moderated-variance.js';
import { scanAlong, type WindowNull } from './window-scan.js';

/** How the windows that a null was learnt from fit it. */
export interface VarianceInflation {
  /** The variance of the filter's innovations over what the null says of it; 1 for one that fits. */
  readonly ratio: number;
  /** The degrees of freedom of `ratio`. */
  readonly degrees: number;
  /** The greatest z² of a scan over them, over that which one in twenty baselines exceeds. */
  readonly scan: number;
}

/**
 * Runs a null's filter and scan over the windows that it was learnt from.
 *
 * @param residuals what each differs by from what is expected. @param sizes events of each. @param degrees of freedom that are left.
 * @param follows 1 where a window follows the one before it; all do unless stated.
 */
export function varianceInflationOf(
  model: WindowNull,
  residuals: Float64Array,
  sizes: Float64Array,
  degrees: number,
  follows?: ArrayLike<number>,
): VarianceInflation {
  const { squares, worst } = scanAlong(model, residuals, sizes, follows);
  // A scan's many maxima over the windows are worth some four independent ones each.
  const usual = -normalQuantile(0.05 / (4 * residuals.length));
  return { ratio: squares / degrees, degrees, scan: (worst / usual) ** 2 };
}

/**
 * What a null's variances are to be multiplied by, 1 or more, until neither the innovations nor the scan show more than it explains. The
 * ratio of the innovations is moderated as variances are: some of many fit badly by chance alone.
 *
 * @param prior of the ratios of alike series; null: none is known.
 */
export function inflationOf({ ratio, degrees, scan }: VarianceInflation, prior: VariancePrior | null): number {
  return Math.max(1, scan, moderatedVariance(ratio, degrees, prior));
}
