import type { ColumnSketch } from '@tidemark/sketches';
import { changeParts } from '@tidemark/statistics';
import { inBinsOf } from '../summaries/comparison.js';
import type { SegmentPart } from '../model/drift-event.js';
import { slotOf, type SeasonSlots } from '../evidence/season-slots.js';
import { COUNTED_FAULTS, countsOf, FIRST_BIN, sumOfCounts, valuesIn } from '../summaries/window-counts.js';
import type { SegmentAggregate } from '../windows/window-series.js';
import type { BaselineWindows, WindowCounts } from '../model/baseline-windows.js';

/** So many parts of a dimension are told, and none that is less than this share of the change. */
const MOST_PARTS = 5;
const LEAST_SHARE = 0.05;

/** The counts of one column in a group of events. */
interface Counts {
  readonly events: number;
  readonly counts: Float64Array;
}

/** A segment value's counts on both sides. */
interface Sides {
  readonly baseline: Counts;
  readonly window: Counts;
}

/** How many of a group a figure is a mean of, and the sum of it over them. */
interface FigureSum {
  readonly of: number;
  readonly sum: number;
}

type Figure = (counts: Counts) => FigureSum;

/** What the parts of a change are computed from. */
export interface ChangeOfAll {
  /** Of the finding: psi, or the rate of a fault. */
  readonly metric: string;
  /** The baseline's column and its index among those of the baseline. */
  readonly column: ColumnSketch;
  readonly at: number;
  /** The segments of one window, that of all events among them. */
  readonly window: readonly SegmentAggregate[];
  readonly windowStart: number;
  readonly baseline: BaselineWindows;
  /** Where the baseline knows a season, the window is held against its own hour. */
  readonly slots: SeasonSlots;
}

/**
 * Where a change of all events comes from: for every dimension, what changed within each segment and what the change of its share
 * did, by Kitagawa's decomposition. For a rate it is that of the rate; for a distribution that of PSI = Σ (q − p) ln(q/p), which
 * with its logarithms held fixed is a mean over events. The parts of a dimension add up to the whole change, of which the
 * greatest are given; events without the dimension are a segment of the empty value.
 *
 * @returns dimension by dimension, in each the greatest share first; none of a dimension that the baseline has no segments of.
 */
export function segmentParts(change: ChangeOfAll): SegmentPart[] {
  const all = sidesOf(change, '').get('');
  const figure = all === undefined ? null : figureOf(change, all);
  if (all === undefined || figure === null) return [];
  const dimensions = new Set(change.window.map(({ segment }) => segment.dimension).filter((each) => each !== ''));
  return [...dimensions].sort().flatMap((dimension) => {
    const sides = sidesOf(change, dimension);
    if (![...sides.values()].some(({ baseline }) => baseline.events > 0)) return [];
    sides.set('', remainder(all, [...sides.values()]));
    return partsOf(dimension, sides, figure);
  });
}

function partsOf(dimension: string, sides: ReadonlyMap<string, Sides>, figure: Figure): SegmentPart[] {
  const values = [...sides.keys()];
  const figures = [...sides.values()].map(({ baseline, window }) => [figure(baseline), figure(window)] as const);
  const [before, after] = [total(figures.map(([then]) => then)), total(figures.map(([, now]) => now))];
  const change = after.sum / after.of - before.sum / before.of;
  if (!Number.isFinite(change) || change === 0) return [];
  const groups = figures.map(([then, now]) => ({
    ...{ shareBefore: then.of / before.of, shareAfter: now.of / after.of },
    ...{ meanBefore: then.sum / then.of, meanAfter: now.sum / now.of },
  }));
  return changeParts(groups)
    .flatMap(({ within, mix }, i) =>
      (['within', 'mix'] as const).map((kind): SegmentPart => {
        const effect = kind === 'within' ? within : mix;
        return {
          ...{ dimension, value: values[i], kind, effect },
          shareOfChange: effect / change,
          baselineShare: groups[i].shareBefore,
          windowShare: groups[i].shareAfter,
          events: sides.get(values[i])!.window.events,
        };
      }),
    )
    .filter(({ shareOfChange }) => Math.abs(shareOfChange) >= LEAST_SHARE)
    .sort((a, b) => Math.abs(b.shareOfChange) - Math.abs(a.shareOfChange))
    .slice(0, MOST_PARTS);
}

/** Null where the change is of nothing that counts tell. */
function figureOf({ metric }: ChangeOfAll, { baseline, window }: Sides): Figure | null {
  if (metric === 'unseen-rate')
    return ({ counts }) => ({ of: valuesIn(counts), sum: counts.length > FIRST_BIN ? counts[counts.length - 1] : 0 });
  const fault = COUNTED_FAULTS.findIndex((each) => each === metric);
  if (fault >= 0) {
    const ofValues = metric === 'out-of-range-rate';
    return ({ counts, events }) => ({ of: ofValues ? valuesIn(counts) : events, sum: counts[fault] });
  }
  if (metric !== 'psi') return null;
  const [expected, observed] = [baseline.counts.subarray(FIRST_BIN), window.counts.subarray(FIRST_BIN)];
  const [n, m] = [valuesIn(baseline.counts), valuesIn(window.counts)];
  if (n === 0 || m === 0) return null;
  const half = expected.length / 2;
  const scores = expected.map((count, bin) =>
    Math.log((observed[bin] + 0.5) / (m + half) / ((count + 0.5) / (n + half))),
  );
  return ({ counts }) => {
    let sum = 0;
    for (let bin = 0; bin < scores.length; bin++) sum += counts[FIRST_BIN + bin] * scores[bin];
    return { of: valuesIn(counts), sum };
  };
}

function sidesOf({ column, at, window, windowStart, baseline, slots }: ChangeOfAll, dimension: string) {
  const sides = new Map<string, Sides>();
  const known = baseline.segments.filter(({ segment }) => segment.dimension === dimension);
  // Segments of which only sums are kept have no hours: then all is held against the whole baseline.
  const hourly = baseline.segments.every(({ windows }) => windows.length > 1);
  const slot = slotOf(windowStart, slots);
  const none: Counts = { events: 0, counts: countsOf(inBinsOf(column, undefined), 0) };
  for (const { segment, windows } of known) {
    const alike = hourly ? windows.filter(({ start }) => slotOf(start, slots) === slot) : windows;
    sides.set(segment.value, { baseline: alike.length === 0 ? none : sumAt(alike, at), window: none });
  }
  for (const { segment, aggregate } of window) {
    if (segment.dimension !== dimension) continue;
    const counts = countsOf(inBinsOf(column, aggregate.column(column.name)), aggregate.events);
    const before = sides.get(segment.value)?.baseline ?? none;
    sides.set(segment.value, { baseline: before, window: { events: aggregate.events, counts } });
  }
  return sides;
}

function sumAt(windows: readonly WindowCounts[], at: number): Counts {
  const { events, columns } = sumOfCounts(
    windows.map(({ start, events: each, columns: all }) => ({ start, events: each, columns: [all[at]] })),
  );
  return { events, counts: columns[0] };
}

function total(parts: readonly FigureSum[]): FigureSum {
  return parts.reduce((all, { of, sum }) => ({ of: all.of + of, sum: all.sum + sum }), { of: 0, sum: 0 });
}

/** What all events have beyond those of some segments. Bins that were estimated do not add up, events do. */
function remainder(all: Sides, segments: readonly Sides[]): Sides {
  const less = (side: keyof Sides): Counts => {
    const events = segments.reduce((rest, each) => rest - each[side].events, all[side].events);
    const counts = all[side].counts.map((count, i) =>
      events <= 0 ? 0 : segments.reduce((rest, each) => Math.max(0, rest - each[side].counts[i]), count),
    );
    return { events: Math.max(0, events), counts };
  };
  return { baseline: less('baseline'), window: less('window') };
}
