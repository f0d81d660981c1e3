/** How a stream's columns are distributed. heavy: tails so fat that the third moment barely exists; discrete: ties, zeros, whole numbers. */
export type Family = 'normal' | 'heavy' | 'discrete';

/** What changes at the change point, in the columns that {@link changedColumns} names. */
export type Change =
  | { readonly kind: 'mean'; readonly sd: number }
  | { readonly kind: 'variance'; readonly factor: number }
  | { readonly kind: 'category'; readonly points: number }
  /** The mean rises by so many standard deviations a window, until it has risen by `upTo`. */
  | { readonly kind: 'ramp'; readonly sdPerWindow: number; readonly upTo: number }
  | { readonly kind: 'correlation' }
  | { readonly kind: 'nulls'; readonly points: number };

/** What all streams with the same baseline have in common. */
export interface Traffic {
  readonly rows: number;
  readonly numeric: number;
  readonly categorical: number;
  readonly family: Family;
  /** The amplitude of a daily season of each column's mean, in standard deviations. */
  readonly season: number;
  /** The standard deviation, in those of the column, of each window's mean as an autoregressive series. */
  readonly wander: number;
  readonly baselineWindows: number;
}

/** One stream of the bench. */
export interface StreamPlan {
  readonly name: string;
  readonly traffic: Traffic;
  readonly change: Change | null;
  /** Monitored windows before the change; all of them where nothing changes. */
  readonly quiet: number;
  /** Monitored windows from the change on. */
  readonly changed: number;
  /** The change must be found within so many windows; null: the figure is shown and nothing is asked of it. */
  readonly within: number | null;
}

/** Six windows a day show a season of the day at a quarter of the price of hourly ones. */
export const WINDOWS_A_DAY = 6;

const PLAIN: Traffic = {
  rows: 2000,
  numeric: 20,
  categorical: 5,
  family: 'normal',
  season: 0,
  wander: 0,
  baselineWindows: 14 * WINDOWS_A_DAY,
};
const SHORT = { ...PLAIN, baselineWindows: 7 * WINDOWS_A_DAY };
const SMALL = { ...PLAIN, rows: 50 };
const MIDDLING = { ...PLAIN, rows: 500 };
const LARGE = { ...SHORT, rows: 100_000, numeric: 4, categorical: 1 };
const WIDE = { ...SHORT, rows: 300, numeric: 400, categorical: 100 };
const SEASON = { ...PLAIN, season: 0.5 };
const WANDER = { ...PLAIN, wander: 0.1 };
const HEAVY = { ...PLAIN, family: 'heavy' as const };
const DISCRETE = { ...PLAIN, family: 'discrete' as const };

const mean = (sd: number): Change => ({ kind: 'mean', sd });
const VARIANCE: Change = { kind: 'variance', factor: 1.2 };

function quiet(name: string, traffic: Traffic, windows = 60): StreamPlan {
  return { name, traffic, change: null, quiet: windows, changed: 0, within: null };
}

function drift(name: string, traffic: Traffic, change: Change, within: number | null, changed = 15): StreamPlan {
  return { name, traffic, change, quiet: 9, changed, within };
}

function ramp(sdPerWindow: number): Change {
  return { kind: 'ramp', sdPerWindow, upTo: 0.5 };
}

/** Every stream of the bench; those of equal traffic stand together, as they share a baseline. */
export const STREAMS: readonly StreamPlan[] = [
  quiet('none', PLAIN),
  drift('mean 0.1 sd', PLAIN, mean(0.1), 5),
  drift('mean 0.25 sd', PLAIN, mean(0.25), 2),
  drift('mean 0.5 sd', PLAIN, mean(0.5), 2),
  drift('variance x1.2', PLAIN, VARIANCE, 2),
  drift('category +5', PLAIN, { kind: 'category', points: 0.05 }, 2),
  drift('ramp', PLAIN, ramp(0.05), 5),
  drift('slow ramp 0.02 sd', PLAIN, ramp(0.02), null, 40),
  drift('slow ramp 0.01 sd', PLAIN, ramp(0.01), null, 60),
  drift('slow ramp 0.005 sd', PLAIN, ramp(0.005), null, 60),
  drift('correlation', PLAIN, { kind: 'correlation' }, 5),
  drift('null surge', PLAIN, { kind: 'nulls', points: 0.05 }, 2),
  quiet('season', SEASON),
  drift('season + 0.25 sd', SEASON, mean(0.25), 2),
  drift('season + correlation', SEASON, { kind: 'correlation' }, 5),
  quiet('wander', WANDER),
  drift('wander + 0.5 sd', WANDER, mean(0.5), 2),
  drift('wander + slow ramp', WANDER, ramp(0.02), null, 60),
  quiet('50 rows', SMALL),
  drift('50 rows + 0.5 sd', SMALL, mean(0.5), null),
  quiet('500 rows', MIDDLING),
  drift('500 rows + 0.5 sd', MIDDLING, mean(0.5), 2),
  quiet('wander + 500 rows', { ...MIDDLING, wander: 0.1 }),
  quiet('heavy tails', HEAVY),
  drift('heavy + 0.25 sd', HEAVY, mean(0.25), 2),
  quiet('discrete', DISCRETE),
  drift('discrete + 0.25 sd', DISCRETE, mean(0.25), 2),
  quiet('500 columns', WIDE, 30),
  drift('500 columns + 0.5 sd', WIDE, mean(0.5), 2),
  quiet('wander + 500 columns', { ...WIDE, wander: 0.1 }, 30),
  quiet('100k rows', LARGE, 30),
  drift('100k rows + 0.1 sd', LARGE, mean(0.1), 5),
  quiet('wander + 100k rows', { ...LARGE, wander: 0.1 }, 30),
];

/** The columns that a change touches; an incident about any other is a false alarm. */
export function changedColumns(change: Change | null): readonly string[] {
  if (change === null) return [];
  if (change.kind === 'correlation') return ['n0', 'n1'];
  return change.kind === 'category' ? ['c1'] : ['n3'];
}
