import type { Steps } from '@tidemark/statistics';
import type { Baseline } from '../model/baseline.js';

/** So many baselines' fits are kept: more streams than one detector has, each of a megabyte or two. */
const MOST_BASELINES = 256;
/** Of one baseline: of every horizon and column of vectors, and of settings that have been in force before. */
const MOST_FITS = 128;

/** By baseline, the one used last at the end; then by what was fitted to it, and with which settings. */
const known = new Map<Baseline, Map<string, unknown>>();

/**
 * What is fitted to a baseline: made once as long as the process lives, for the 256 baselines used last, so that a partition that is taken
 * away and comes back finds it. A fit is a function of the baseline and its settings, so nothing depends on whether it was kept.
 *
 * @param what names the fit, different for fits of different types. @param settings all that it depends on beside the baseline.
 */
export function keptFit<Fit>(baseline: Baseline, what: string, settings: readonly unknown[], fit: () => Fit): Fit {
  const fits = fitsOf(baseline);
  const key = keyOf(what, settings);
  if (!fits.has(key)) keep(fits, key, fit());
  return fits.get(key) as Fit;
}

/** As {@link keptFit}, of one that is made in steps. */
export function* keptLongFit<Fit>(
  baseline: Baseline,
  what: string,
  settings: readonly unknown[],
  fit: () => Steps<Fit>,
): Steps<Fit> {
  const fits = fitsOf(baseline);
  const key = keyOf(what, settings);
  if (!fits.has(key)) keep(fits, key, yield* fit());
  return fits.get(key) as Fit;
}

function fitsOf(baseline: Baseline): Map<string, unknown> {
  const fits = known.get(baseline) ?? new Map<string, unknown>();
  known.delete(baseline);
  known.set(baseline, fits);
  for (const oldest of known.keys()) {
    if (known.size <= MOST_BASELINES) break;
    known.delete(oldest);
  }
  return fits;
}

function keyOf(what: string, settings: readonly unknown[]): string {
  return `${what} ${JSON.stringify(settings)}`;
}

function keep(fits: Map<string, unknown>, key: string, fit: unknown): void {
  for (const oldest of fits.keys()) {
    if (fits.size < MOST_FITS) break;
    fits.delete(oldest);
  }
  fits.set(key, fit);
}
