import type { ColumnSketch } from '@tidemark/sketches';
import { fitSeriesNulls, SCAN_STRETCHES, type SeriesNull, type SeriesValues, type Steps } from '@tidemark/statistics';
import { ColumnFeatures, type Feature } from './column-features.js';
import { ExpectedBins } from './expected-bins.js';
import { QuantileTable } from '../quantile-table.js';
import { NO_SEASON, slotOf, type SeasonSlots } from '../season-slots.js';
import { valuesIn } from '../../summaries/window-counts.js';
import type { WindowCounts } from '../../model/baseline-windows.js';
import { ENOUGH_WINDOWS, LEAST_WINDOWS } from '../../windows/enough-windows.js';

/** Nothing is learnt where sampling alone is the null. */
const CERTAIN = new Array<number>(SCAN_STRETCHES).fill(Infinity);

/** How a figure varies when nothing has changed, and from where on it is evidence. */
export interface JudgedNull extends SeriesNull {
  /** The false alarms a window that it may raise, over all stretches. */
  readonly alpha: number;
  /** The |z| from which each stretch of a scan is evidence. */
  readonly thresholds: readonly number[];
}

export interface FeatureNull extends JudgedNull {
  readonly feature: Feature;
}

/** What is known of one column of one segment. */
export interface ColumnNull {
  readonly column: ColumnSketch;
  readonly features: ColumnFeatures;
  readonly nulls: readonly FeatureNull[];
  readonly expected: ExpectedBins;
}

/** What a baseline says of one segment in windows of one size. */
export interface SegmentNull {
  readonly columns: readonly ColumnNull[];
  readonly slots: SeasonSlots;
  /** Everything that the baseline has of it. */
  readonly totals: WindowCounts;
  /** How many windows of this size the baseline has of it. */
  readonly windows: number;
}

export interface SegmentNullOptions {
  readonly columns: readonly ColumnSketch[];
  /** The segment's windows of the size asked for, small ones merged; none: unknown. */
  readonly windows: readonly WindowCounts[];
  /** Everything that the baseline has of the segment. */
  readonly totals: WindowCounts;
  readonly slots: SeasonSlots;
  /** False alarms a window that the whole segment may raise. */
  readonly alpha: number;
  /** Whose window-to-window variance stands in where the segment has too few windows; null: none, sampling alone remains. */
  readonly instead: SegmentNull | null;
}

/** Fits the null of every feature of a segment, in steps of at most one column. */
export function* segmentNull(options: SegmentNullOptions): Steps<SegmentNull> {
  const { columns, windows, totals, slots, alpha, instead } = options;
  const each = Math.max(windows.length, ENOUGH_WINDOWS);
  const features: ColumnFeatures[] = [];
  for (const [at, column] of columns.entries()) {
    const counts = totals.columns[at];
    features.push(new ColumnFeatures(column, counts, totals.events, valuesIn(counts) / each));
    yield;
  }
  const fitted = windows.length >= LEAST_WINDOWS ? yield* fit(features, windows, slots) : null;
  const season = fitted === null ? (instead?.slots ?? NO_SEASON) : slots;
  const quantiles = new QuantileTable();
  const nulls: ColumnNull[] = [];
  for (const [at, column] of columns.entries()) {
    const columnFeatures = features[at];
    const weights = columnFeatures.features.reduce((sum, { weight }) => sum + weight, 0);
    const series = fitted?.[at] ?? assumed(columnFeatures, totals, at, instead?.columns[at] ?? null);
    nulls.push({
      column,
      features: columnFeatures,
      expected: new ExpectedBins(
        columnFeatures.shares.length,
        fitted === null ? [] : windows,
        at,
        totals.columns[at],
        slots,
      ),
      nulls: columnFeatures.features.map((feature, i) => {
        const share = (alpha * feature.weight) / Math.max(weights, 1e-9) / columns.length;
        const tail = share / SCAN_STRETCHES / (feature.oneSided ? 1 : 2);
        return { ...series[i], feature, alpha: share, thresholds: quantiles.thresholds(tail, series[i].degrees) };
      }),
    });
    yield;
  }
  return {
    columns: nulls,
    slots: season,
    totals,
    windows: windows.length,
  };
}

function* fit(
  columns: readonly ColumnFeatures[],
  windows: readonly WindowCounts[],
  slots: SeasonSlots,
): Steps<readonly (readonly SeriesNull[])[]> {
  const index = windows.map(({ start }) => slotOf(start, slots));
  const series: SeriesValues[] = [];
  for (const [at, column] of columns.entries()) {
    series.push(...seriesOf(column, at, windows, index, slots));
    yield;
  }
  const families = columns.flatMap(({ features }) => features.map(({ family }) => family));
  const nulls = yield* fitSeriesNulls(series, families);
  let taken = 0;
  return columns.map(({ features }) => nulls.slice(taken, (taken += features.length)));
}

function seriesOf(
  column: ColumnFeatures,
  at: number,
  windows: readonly WindowCounts[],
  slots: readonly number[],
  season: SeasonSlots,
): SeriesValues[] {
  const values = column.features.map(() => new Float64Array(windows.length));
  const sizes = column.features.map(() => new Float64Array(windows.length));
  for (let window = 0; window < windows.length; window++) {
    const observed = column.observe(windows[window].columns[at], windows[window].events);
    for (let i = 0; i < values.length; i++) {
      values[i][window] = observed.values[i];
      sizes[i][window] = observed.sizes[i];
    }
  }
  return column.features.map(({ variance, residual }, i) => ({
    ...{ values: values[i], sizes: sizes[i], slots, season: season.count, within: season.within, variance, residual },
  }));
}

/**
 * Nulls of a segment with too few windows: around its own mean, varying from window to window as another segment does, or not
 * at all.
 */
function assumed(column: ColumnFeatures, totals: WindowCounts, at: number, instead: ColumnNull | null): SeriesNull[] {
  const { values, sizes } = column.observe(totals.columns[at], totals.events);
  const others = instead?.nulls ?? [];
  const found = new Map(others.map((other) => [other.feature.key, other]));
  return column.features.map(({ key, variance }, i): SeriesNull => {
    const other = found.get(key);
    const sampling = { variance, mean: values[i], inflation: other?.inflation ?? 1 };
    if (other === undefined) {
      const none = new Float64Array(1);
      const known = { between: 0, persistence: 0, meanVariance: variance / sizes[i], degrees: CERTAIN };
      return { ...sampling, ...known, seasonMeans: none, seasonVariances: none };
    }
    // Shares vary in proportion to their own standard deviation.
    const ratio = variance / other.feature.variance;
    const between = other.between * ratio;
    return {
      ...sampling,
      ...{ between, persistence: other.persistence, degrees: other.degrees },
      meanVariance: variance / sizes[i] + other.meanVariance * ratio,
      seasonMeans: other.seasonMeans.map((mean) => mean * Math.sqrt(ratio)),
      seasonVariances: other.seasonVariances.map((each) => each * ratio),
    };
  });
}
