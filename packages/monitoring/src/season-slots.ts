const DAY = 86_400_000;
const MOST_SLOTS = 24;
/** A season counts as one once it has been seen twice. */
const LEAST_DAYS = 2;

/** How the windows of one size divide a day. */
export interface SeasonSlots {
  /** 1: no season. */
  readonly count: number;
  readonly windowsPerSlot: number;
}

export const NO_SEASON: SeasonSlots = { count: 1, windowsPerSlot: 1 };

/** The hours of a day as windows of a size show them, once two days have been seen; longer windows have no season of the day. */
export function slotsOfDay(windowSize: number, first: number, end: number): SeasonSlots {
  if (windowSize > DAY / 2 || end - first < LEAST_DAYS * DAY) return NO_SEASON;
  const count = Math.min(MOST_SLOTS, Math.floor(DAY / windowSize));
  return { count, windowsPerSlot: Math.max(1, DAY / count / windowSize) };
}

/** The slot of the day that a window starts in, 0 to `count` − 1. */
export function slotOf(start: number, { count }: SeasonSlots): number {
  const within = (((start % DAY) + DAY) % DAY) / DAY;
  return Math.floor(within * count + 1e-9);
}
