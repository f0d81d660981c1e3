import { textColumnsOf } from '@tidemark/monitoring';

const DAY = 86_400_000;
export const TEXT_COLUMN = 't0';
export const EMBEDDING_COLUMN = 'v0';

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
  | { readonly kind: 'nulls'; readonly points: number }
  | { readonly kind: 'text'; readonly what: TextChange }
  | { readonly kind: 'embedding'; readonly what: EmbeddingChange };

/** Texts a fifth longer; one in twenty in capitals; three in ten with one word that is new. */
export type TextChange = 'longer' | 'capitals' | 'new word';

/**
 * A fourth of the components moved by a quarter of a standard deviation; every second one spread 1.3 times as wide; a tenth of the vectors
 * from a new cluster.
 */
export type EmbeddingChange = 'shift' | 'spread' | 'cluster';

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
  /** Where the baseline comes from; it is published unless stated. */
  readonly baselineFrom?: 'first windows' | 'rolling';
  /** Six unless stated. */
  readonly windowsADay?: number;
  /** Whether events carry a text `t0`, or an embedding `v0`; neither unless stated. */
  readonly holds?: 'text' | 'embedding';
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
const WINDOWS_A_DAY = 6;
const FIVE_MINUTES_A_DAY = 288;

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
const TEXT = { ...PLAIN, numeric: 3, categorical: 1, holds: 'text' as const };
const EMBEDDING = { ...TEXT, holds: 'embedding' as const };
/** As the default monitor has them, over two weeks: so many windows that the hours of the day are seen. */
const FIVE_MINUTES = {
  ...{ ...PLAIN, rows: 300, numeric: 8, categorical: 2, season: 0.5 },
  ...{ windowsADay: FIVE_MINUTES_A_DAY, baselineWindows: 14 * FIVE_MINUTES_A_DAY },
};

const FIRST_WINDOWS = { ...PLAIN, baselineFrom: 'first windows' as const };
const ROLLING = { ...PLAIN, baselineFrom: 'rolling' as const };

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
  quiet('text', TEXT),
  drift('text longer', TEXT, { kind: 'text', what: 'longer' }, 2),
  drift('text in capitals', TEXT, { kind: 'text', what: 'capitals' }, 2),
  drift('text with a new word', TEXT, { kind: 'text', what: 'new word' }, 2),
  quiet('wander + text', { ...TEXT, wander: 0.1 }),
  quiet('embedding', EMBEDDING),
  drift('embedding shift', EMBEDDING, { kind: 'embedding', what: 'shift' }, 2),
  drift('embedding spread', EMBEDDING, { kind: 'embedding', what: 'spread' }, 2),
  drift('embedding cluster', EMBEDDING, { kind: 'embedding', what: 'cluster' }, 2),
  quiet('wander + embedding', { ...EMBEDDING, wander: 0.1 }),
  quiet('first windows', FIRST_WINDOWS),
  drift('first windows + 0.25 sd', FIRST_WINDOWS, mean(0.25), 2),
  drift('first windows + correlation', FIRST_WINDOWS, { kind: 'correlation' }, 5),
  quiet('rolling', ROLLING),
  drift('rolling + 0.25 sd', ROLLING, mean(0.25), 2),
  drift('rolling + correlation', ROLLING, { kind: 'correlation' }, 5),
  quiet('wander + rolling', { ...ROLLING, wander: 0.1 }),
  quiet('5 minutes', FIVE_MINUTES, 2 * FIVE_MINUTES_A_DAY),
  drift('5 minutes + 0.25 sd', FIVE_MINUTES, mean(0.25), 5),
  drift('5 minutes + 0.5 sd', FIVE_MINUTES, mean(0.5), 2),
  quiet('100k rows', LARGE, 30),
  drift('100k rows + 0.1 sd', LARGE, mean(0.1), 5),
  quiet('wander + 100k rows', { ...LARGE, wander: 0.1 }, 30),
];

/** Milliseconds of a traffic's windows. */
export function windowSize({ windowsADay = WINDOWS_A_DAY }: Traffic): number {
  return DAY / windowsADay;
}

/**
 * How many windows come before the monitored ones: those of the baseline; where it is the stream's own, as many again, so that how columns hang
 * together is known, or that it has rolled.
 */
export function windowsBefore({ baselineFrom, baselineWindows }: Traffic): number {
  return baselineFrom === undefined ? baselineWindows : 2 * baselineWindows;
}

/** The columns that a change touches; an incident about any other is a false alarm. */
export function changedColumns(change: Change | null): readonly string[] {
  if (change === null) return [];
  if (change.kind === 'correlation') return ['n0', 'n1'];
  if (change.kind === 'text') return textColumnsOf(TEXT_COLUMN);
  if (change.kind === 'embedding') return [EMBEDDING_COLUMN, `${EMBEDDING_COLUMN}.norm`];
  return change.kind === 'category' ? ['c1'] : ['n3'];
}
