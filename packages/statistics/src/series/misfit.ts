import { normalQuantile } from '../distributions/normal.js';
import { moderatedVariance, type VariancePrior } from './moderated-variance.js';
import { scanWindows, type WindowNull } from './window-scan.js';

const NO_SEASON = { seasonVariance: 0, slots: 1, windowsPerSlot: 1 };

/** How the windows that a null was learnt from fit it. */
export interface Misfit {
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
export function misfitOf(
  model: WindowNull,
  residuals: Float64Array,
  sizes: Float64Array,
  degrees: number,
  follows?: ArrayLike<number>,
): Misfit {
  const known = { ...model, meanVariance: 0 };
  let squares = 0;
  let worst = 0;
  let begin = 0;
  for (let end = 1; end <= residuals.length; end++) {
    if (follows?.[end - 1] === 0) begin = end - 1;
    const changes = scanWindows(known, { residuals, sizes, begin, end, ...NO_SEASON });
    squares += changes[0].z ** 2;
    for (const { windows, z } of changes) if (windows > 1) worst = Math.max(worst, Math.abs(z));
  }
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
export function inflationOf({ ratio, degrees, scan }: Misfit, prior: VariancePrior | null): number {
  return Math.max(1, scan, moderatedVariance(ratio, degrees, prior));
}
