/** The stretches that are tried, in windows up to the newest. */
const STRETCHES = [1, 2, 3, 4, 6, 8, 12, 16] as const;
/** How many windows the longest stretch has. */
export const LONGEST_SCAN = 16;
/** How many stretches {@link scanWindows} tries: as many tests share a stated probability. */
export const SCAN_STRETCHES = STRETCHES.length;
/** Beyond so many of its standard deviations, a window speaks for a change by itself (5 % on one side). */
const SPEAKS_FROM = 1.645;

/** How a column's figure varies from window to window when nothing has changed. */
export interface WindowNull {
  /** The variance of the figure of a window of n events is this divided by n. */
  readonly variance: number;
  /** The variance, from window to window, of what it estimates. */
  readonly wander: number;
  /** The correlation of that in neighbouring windows, 0 to below 1. */
  readonly persistence: number;
  /** The variance with which its mean is known. */
  readonly meanVariance: number;
  /** What the variances are multiplied by, 1 or more: the baseline itself showed that they come out too small. */
  readonly inflation: number;
}

/** The windows that are scanned, oldest first. */
export interface ScannedWindows {
  /** What each differs by from what is expected of it. */
  readonly residuals: ArrayLike<number>;
  /** Events of each, above 0. */
  readonly sizes: ArrayLike<number>;
  /** The oldest that counts; the first unless stated. */
  readonly begin?: number;
  /** The newest is the one before this index; all of them unless stated. */
  readonly end?: number;
  /** The variance with which the mean of the newest one's slot in the season is known; 0 without a season. */
  readonly seasonVariance: number;
  /** How many slots a season has, and how many windows lie in each; 1 or more. */
  readonly slots: number;
  readonly windowsPerSlot: number;
}

/** A change that may have begun so many windows ago. */
export interface ScannedChange {
  /** Its place among the stretches that are tried, 0 for a single window. */
  readonly place: number;
  /** How many windows it has lasted, the newest included. */
  readonly windows: number;
  /** Its size, with the standard deviation of that. */
  readonly size: number;
  readonly deviation: number;
  /** `size` over `deviation`. */
  readonly z: number;
  /** How many of its windows speak for it by themselves. */
  readonly speaking: number;
}

/**
 * Looks for a change that began 1, 2, 3, 4, 6, 8, 12 or 16 windows ago: the window-limited generalised likelihood ratio
 * test (Lai, "Sequential changepoint detection in quality control and dynamical systems", J. R. Stat. Soc. B 1995; Willsky
 * and Jones, IEEE Trans. Autom. Control 1976). Windows follow an autoregressive series of order one seen through
 * sampling noise; the Kalman filter, from its stationary state at the oldest window, makes independent innovations of them,
 * in which a step leaves a known signature. A function of these windows alone.
 *
 * @returns one entry a stretch that the windows are long enough for, shortest first; none for no windows.
 *
 * @example
 * ```ts
 * const independent = { variance: 1, wander: 0, persistence: 0, meanVariance: 0, inflation: 1 };
 * const noSeason = { seasonVariance: 0, slots: 1, windowsPerSlot: 1 };
 * scanWindows(independent, { residuals: [0, 0.3, 0.3], sizes: [100, 100, 100], ...noSeason })[1].z; // 4.242641
 * ```
 */
export function scanWindows(model: WindowNull, windows: ScannedWindows): ScannedChange[] {
  const { residuals, sizes, seasonVariance } = windows;
  const { variance, wander, persistence: phi, inflation, meanVariance } = model;
  const end = windows.end ?? residuals.length;
  const count = Math.min(LONGEST_SCAN, end - (windows.begin ?? 0));
  const first = end - count;
  let state = 0;
  let uncertainty = wander;
  for (let i = 0; i < count; i++) {
    const residual = residuals[first + i];
    const noise = variance / sizes[first + i];
    const before = phi * phi * uncertainty + wander * (1 - phi * phi);
    const innovation = residual - phi * state;
    const gain = before / (before + noise);
    INNOVATIONS[i] = innovation;
    VARIANCES[i] = (before + noise) * inflation;
    GAINS[i] = gain;
    ALONE[i] = residual / Math.sqrt((noise + wander) * inflation + meanVariance + seasonVariance);
    state = phi * state + gain * innovation;
    uncertainty = before * (1 - gain);
  }
  const slotsIn = (stretch: number): number => Math.max(1, Math.min(windows.slots, stretch / windows.windowsPerSlot));
  const changes: ScannedChange[] = [];
  for (const [place, stretch] of STRETCHES.entries()) {
    if (stretch > count) break;
    let followed = 0;
    let weighed = 0;
    let information = 0;
    let above = 0;
    let below = 0;
    for (let i = count - stretch; i < count; i++) {
      const signature = 1 - phi * followed;
      followed = phi * followed + GAINS[i] * signature;
      weighed += (signature * INNOVATIONS[i]) / VARIANCES[i];
      information += (signature * signature) / VARIANCES[i];
      if (ALONE[i] > SPEAKS_FROM) above++;
      else if (ALONE[i] < -SPEAKS_FROM) below++;
    }
    const size = weighed / information;
    const deviation = Math.sqrt(1 / information + meanVariance + seasonVariance / slotsIn(stretch));
    const speaking = size > 0 ? above : below;
    changes.push({ place, windows: stretch, size, deviation, z: size / deviation, speaking });
  }
  return changes;
}

const INNOVATIONS = new Float64Array(LONGEST_SCAN);
const VARIANCES = new Float64Array(LONGEST_SCAN);
const GAINS = new Float64Array(LONGEST_SCAN);
const ALONE = new Float64Array(LONGEST_SCAN);
