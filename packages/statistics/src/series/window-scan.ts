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
  readonly between: number;
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
 * const independent = { variance: 1, between: 0, persistence: 0, meanVariance: 0, inflation: 1 };
 * const noSeason = { seasonVariance: 0, slots: 1, windowsPerSlot: 1 };
 * scanWindows(independent, { residuals: [0, 0.3, 0.3], sizes: [100, 100, 100], ...noSeason })[1].z; // 4.242641
 * ```
 */
export function scanWindows(model: WindowNull, windows: ScannedWindows): ScannedChange[] {
  const { residuals, sizes, seasonVariance } = windows;
  const { variance, between, persistence: phi, inflation, meanVariance } = model;
  const end = windows.end ?? residuals.length;
  const count = Math.min(LONGEST_SCAN, end - (windows.begin ?? 0));
  const first = end - count;
  let state = 0;
  let uncertainty = between;
  for (let i = 0; i < count; i++) {
    const residual = residuals[first + i];
    const noise = variance / sizes[first + i];
    const before = phi * phi * uncertainty + between * (1 - phi * phi);
    const innovation = residual - phi * state;
    const gain = before / (before + noise);
    INNOVATIONS[i] = innovation;
    VARIANCES[i] = (before + noise) * inflation;
    GAINS[i] = gain;
    ALONE[i] = residual / Math.sqrt((noise + between) * inflation + meanVariance + seasonVariance);
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

/** What the scans of a whole series come to. */
export interface ScanAlong {
  /** The sum of the newest windows' z². */
  readonly squares: number;
  /** The greatest |z| of a stretch of two windows or more. */
  readonly worst: number;
}

/** So much more than a bound says may rounding make of a z². */
const ROUNDED = 1 + 1e-9;

/**
 * The scans that end at each window of a series, one after the other, of a null whose mean is known and that has no season: as
 * {@link scanWindows} gives them, bit by bit, but for what nobody asks for. A baseline has hundreds of series of hundreds of windows.
 *
 * A stretch's z² is at most the sum of its innovations' squares over their variances (Cauchy and Schwarz): where that is no more than the
 * greatest so far, the stretch is passed over.
 *
 * @param residuals what each differs by from what is expected. @param sizes events of each, above 0.
 * @param follows 1 where a window follows the one before it, 0 where a scan begins anew; all follow unless stated.
 *
 * @example
 * ```ts
 * const independent = { variance: 1, between: 0, persistence: 0, meanVariance: 0, inflation: 1 };
 * scanAlong(independent, Float64Array.of(0, 0.3, 0.3), Float64Array.of(100, 100, 100)).worst; // 4.242641
 * ```
 */
export function scanAlong(
  model: WindowNull,
  residuals: Float64Array,
  sizes: Float64Array,
  follows?: ArrayLike<number>,
): ScanAlong {
  const { variance, between, persistence: phi, inflation } = model;
  const squared = phi * phi;
  const fresh = between * (1 - squared);
  const noises = sizes.map((size) => variance / size);
  let squares = 0;
  let worst = 0;
  let begin = 0;
  for (let end = 1; end <= residuals.length; end++) {
    if (follows?.[end - 1] === 0) begin = end - 1;
    const count = Math.min(LONGEST_SCAN, end - begin);
    const first = end - count;
    let state = 0;
    let uncertainty = between;
    for (let i = 0; i < count; i++) {
      const noise = noises[first + i];
      const before = squared * uncertainty + fresh;
      const innovation = residuals[first + i] - phi * state;
      const gain = before / (before + noise);
      INNOVATIONS[i] = innovation;
      VARIANCES[i] = (before + noise) * inflation;
      GAINS[i] = gain;
      state = phi * state + gain * innovation;
      uncertainty = before * (1 - gain);
    }
    let bound = 0;
    let next = count - 1;
    for (let place = 0; place < SCAN_STRETCHES; place++) {
      const stretch = STRETCHES[place];
      if (stretch > count) break;
      for (; next >= count - stretch; next--) bound += (INNOVATIONS[next] * INNOVATIONS[next]) / VARIANCES[next];
      if (place > 0 && bound * ROUNDED < worst * worst) continue;
      let followed = 0;
      let weighed = 0;
      let information = 0;
      for (let i = count - stretch; i < count; i++) {
        const signature = 1 - phi * followed;
        followed = phi * followed + GAINS[i] * signature;
        weighed += (signature * INNOVATIONS[i]) / VARIANCES[i];
        information += (signature * signature) / VARIANCES[i];
      }
      const z = weighed / information / Math.sqrt(1 / information);
      if (place === 0) squares += z ** 2;
      else worst = Math.max(worst, Math.abs(z));
    }
  }
  return { squares, worst };
}

const INNOVATIONS = new Float64Array(LONGEST_SCAN);
const VARIANCES = new Float64Array(LONGEST_SCAN);
const GAINS = new Float64Array(LONGEST_SCAN);
const ALONE = new Float64Array(LONGEST_SCAN);
