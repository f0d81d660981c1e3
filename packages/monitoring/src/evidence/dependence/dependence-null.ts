import { fitSeriesNulls, SCAN_STRETCHES, symmetricEigen, type SeriesValues, type Steps } from '@tidemark/statistics';
import { dependenceCounts, pairCount, pairPlace, type DependenceCounts } from './dependence-counts.js';
import { heldOut } from '../../windows/held-out.js';
import { mergedWindows } from '../../windows/merged-windows.js';
import { followsOf } from '../../windows/spread-windows.js';
import type { Season, WindowSettings } from '../../model/monitor.js';
import { QuantileTable } from '../quantile-table.js';
import { slotOf, seasonSlots, type SeasonSlots } from '../season-slots.js';
import { type JudgedNull } from '../columns/segment-null.js';
import { sumOfDependenceWindows } from '../../baselines/dependence-windows.js';
import type { DependenceWindow } from '../../model/baseline-windows.js';
import { LEAST_WINDOWS } from '../../windows/enough-windows.js';

/** Of what joint drift may raise, how much the pairs have; the reconstruction error has the rest. */
const BY_PAIRS = 0.8;
/** A principal component counts where it explains more than one column does by itself (Kaiser, Educ. Psychol. Meas. 1960). */
const LEAST_EIGENVALUE = 1;

/** How one figure of the dependence between columns varies when nothing has changed. */
export interface DependenceFeatureNull extends JudgedNull {
  /** The pair's columns, by their numbers; null: the reconstruction error over all columns. */
  readonly pair: readonly [number, number] | null;
}

/** What a baseline says of the dependence between columns, in windows of one size. */
export interface DependenceNull {
  readonly columns: readonly string[];
  readonly slots: SeasonSlots;
  /** A null for each pair in their order, and a last one for the reconstruction error. */
  readonly features: readonly DependenceFeatureNull[];
  /** Of each pair, what its correlation counts for in the variance that the baseline's principal components explain. */
  readonly explained: Float64Array;
  /** Fisher's transform of each pair's correlation in the whole baseline. */
  readonly usual: Float32Array;
  /** Of each pair, the share of events that have both columns. */
  readonly shares: Float64Array;
  /** How many windows of this size, and how many events, it is learnt from. */
  readonly windows: number;
  readonly events: number;
}

export interface DependenceNullOptions {
  readonly columns: readonly string[];
  readonly windows: readonly DependenceWindow[];
  /** Milliseconds of each of them. */
  readonly size: number;
  readonly window: WindowSettings;
  readonly minimumEvents: number;
  readonly season: Season;
  /** False alarms a window that joint drift may raise. */
  readonly alpha: number;
}

/**
 * Fits, in steps, the null of each pair's correlation, through Fisher's transform, and of the reconstruction error in the baseline's
 * leading principal components.
 *
 * @returns null where the baseline has fewer than eight windows of the size: correlations wander too, and sampling alone is no null.
 */
export function* dependenceNull(options: DependenceNullOptions): Steps<DependenceNull | null> {
  const { columns, size, window, minimumEvents, alpha } = options;
  const merged = mergedWindows(options.windows, size, window, minimumEvents, sumOfDependenceWindows);
  if (merged.length < LEAST_WINDOWS) return null;
  const whole = sumOfDependenceWindows(merged);
  const counts = merged.map(countsOf);
  const usual = countsOf(whole);
  const slots = seasonSlots(
    window.size,
    counts[0].start,
    counts[counts.length - 1].start + window.size,
    options.season,
  );
  const { weights, variance, leading } = explainedBy(columns.length, usual);
  yield;
  const shown = yield* heldOut(
    merged,
    (windows) => explainedBy(columns.length, countsOf(sumOfDependenceWindows(windows)), leading),
    (window, learnt) => explainedShare(learnt.weights, countsOf(window), usual.pairs),
  );
  const shares = Float64Array.from(usual.pairs, (_, pair) => {
    return whole.moments.both(...pairOf(pair)) / Math.max(1, whole.moments.events);
  });
  const series = [
    ...Array.from(usual.pairs, (mean, pair): Series => {
      const variance = Math.min(whole.moments.events, 1 / shares[pair]);
      return { figure: ({ pairs }) => pairs[pair], mean, variance };
    }),
    {
      figure: (_: DependenceCounts, at: number) => shown[at],
      mean: explainedShare(weights, usual, usual.pairs),
      variance,
    },
  ];
  const starts = counts.map(({ start }) => start);
  const follows = followsOf(starts, window.size, size);
  const values: SeriesValues[] = [];
  for (const each of series) {
    values.push({ ...valuesOf(each, counts, slots), follows });
    yield;
  }
  const quantiles = new QuantileTable();
  const families = values.map((_, at) => (at < usual.pairs.length ? 'pair' : null));
  const nulls = yield* fitSeriesNulls(values, families);
  const features = nulls.map((fitted, at): DependenceFeatureNull => {
    const isPair = at < usual.pairs.length;
    const share = alpha * (isPair ? BY_PAIRS / usual.pairs.length : 1 - BY_PAIRS);
    const thresholds = quantiles.thresholds(share / SCAN_STRETCHES / 2, fitted.degrees);
    return { ...fitted, pair: isPair ? pairOf(at) : null, alpha: share, thresholds };
  });
  return {
    ...{ columns, slots, features, explained: weights, usual: usual.pairs, shares },
    ...{ windows: merged.length, events: whole.events },
  };
}

/**
 * The share of the columns' variance that lies outside the baseline's leading components, less a constant: linear in the correlations.
 *
 * @param usual what stands for a pair that a window tells nothing of.
 */
export function explainedShare(weights: Float64Array, { pairs }: DependenceCounts, usual: Float32Array): number {
  let share = 0;
  for (let pair = 0; pair < pairs.length; pair++) {
    const z = Number.isNaN(pairs[pair]) ? usual[pair] : pairs[pair];
    if (!Number.isNaN(z)) share -= weights[pair] * Math.tanh(z);
  }
  return share;
}

function countsOf({ start, moments }: DependenceWindow): DependenceCounts {
  return dependenceCounts(start, moments);
}

interface Series {
  readonly figure: (counts: DependenceCounts, window: number) => number;
  /** What stands for a window in which it is undefined. */
  readonly mean: number;
  readonly variance: number;
}

function valuesOf(
  { figure, mean, variance }: Series,
  counts: readonly DependenceCounts[],
  slots: SeasonSlots,
): SeriesValues {
  const instead = Number.isNaN(mean) ? 0 : mean;
  return {
    values: Float64Array.from(counts, (each, window) => {
      const value = figure(each, window);
      return Number.isNaN(value) ? instead : value;
    }),
    sizes: Float64Array.from(counts, ({ events }) => events),
    slots: counts.map(({ start }) => slotOf(start, slots)),
    season: slots.count,
    within: slots.within,
    variance,
  };
}

interface Explained {
  readonly weights: Float64Array;
  /** Of the figure in a window of one event, under sampling alone. */
  readonly variance: number;
  /** How many components there are. */
  readonly leading: number;
}

/**
 * The reconstruction error in components U is 1 − tr(UᵀRU)/d for the correlation matrix R; its sampling variance is at most
 * 2 Σ λ² / (d² n) over the components (Anderson, "An Introduction to Multivariate Statistical Analysis", section 3.4).
 *
 * @param components how many; unless stated, those that count.
 */
function explainedBy(columns: number, usual: DependenceCounts, components?: number): Explained {
  const matrix = Array.from({ length: columns }, (_, i) =>
    Float64Array.from({ length: i + 1 }, (__, j) => {
      if (i === j) return 1;
      const z = usual.pairs[pairPlace(i, j)];
      return Number.isNaN(z) ? 0 : Math.tanh(z);
    }),
  );
  const { values, vectors } = symmetricEigen(matrix);
  const leading = components ?? Math.max(1, values.filter((value) => value > LEAST_EIGENVALUE).length);
  const weights = new Float64Array(pairCount(columns));
  let squares = 0;
  for (let k = 0; k < leading; k++) {
    squares += values[k] ** 2;
    for (let i = 1; i < columns; i++) {
      for (let j = 0; j < i; j++) weights[pairPlace(i, j)] += (2 * vectors[k][i] * vectors[k][j]) / columns;
    }
  }
  return { weights, variance: (2 * squares) / columns ** 2, leading };
}

/** The columns of a pair by its place. */
function pairOf(place: number): [number, number] {
  const i = Math.floor((1 + Math.sqrt(1 + 8 * place)) / 2);
  return [i, place - pairCount(i)];
}
