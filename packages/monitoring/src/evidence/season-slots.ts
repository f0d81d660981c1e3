import type { Season } from '../model/monitor.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** A season counts as one once it has been seen so often. */
const LEAST_DAYS = 2;
const LEAST_WEEKS = 3;

/** How the windows of one size divide a day or a week. */
export interface SeasonSlots {
  /** 1: no season. */
  readonly count: number;
  readonly windowsPerSlot: number;
  /** Milliseconds after which the season comes again. */
  readonly period: number;
  /** How many slots make up a day, where the season is a week of several a day; 0: no shorter season within. */
  readonly within: number;
}

export const NO_SEASON: SeasonSlots = { count: 1, windowsPerSlot: 1, period: DAY, within: 0 };

/**
 * The hours of a week, once three weeks have been seen, or else those of a day, once two days have; windows longer than half of a
 * season do not show it. A week's hours lean on those of the day as far as their own few windows do not tell otherwise.
 *
 * @param first start of the first window, @param end of the last one, milliseconds since the epoch.
 */
export function seasonSlots(windowSize: number, first: number, end: number, season: Season): SeasonSlots {
  const seen = end - first;
  if ((season === 'auto' || season === 'week') && windowSize <= WEEK / 2 && seen >= LEAST_WEEKS * WEEK) {
    return slotsOf(windowSize, WEEK);
  }
  if (season === 'none' || windowSize > DAY / 2 || seen < LEAST_DAYS * DAY) return NO_SEASON;
  return slotsOf(windowSize, DAY);
}

function slotsOf(windowSize: number, period: number): SeasonSlots {
  const count = Math.floor(period / Math.max(HOUR, windowSize));
  const perDay = Math.floor(DAY / Math.max(HOUR, windowSize));
  const within = period === WEEK && perDay >= 2 && count === 7 * perDay ? perDay : 0;
  return { count, windowsPerSlot: Math.max(1, period / count / windowSize), period, within };
}

/** The slot of the season that a window starts in, 0 to `count` − 1. Weeks begin on Monday, days at midnight, in UTC. */
export function slotOf(start: number, { count, period }: SeasonSlots): number {
  // The epoch was a Thursday.
  const from = start - (period === WEEK ? 4 * DAY : 0);
  const within = (((from % period) + period) % period) / period;
  return Math.floor(within * count + 1e-9);
}
