import type { Steps } from '@tidemark/statistics';
import type { Baseline } from '../model/baseline.js';
import type { DecisionSettings, WindowSettings } from '../model/monitor.js';
import { mergedWindows } from '../windows/merged-windows.js';
import { keptFit } from './kept-fits.js';
import { seasonSlots } from './season-slots.js';
import { segmentNull, type SegmentNull } from './columns/segment-null.js';
import { ALL_EVENTS, segmentId, type Segment } from '../model/stream.js';
import { countsOf, sumOfCounts } from '../summaries/window-counts.js';
import { ENOUGH_WINDOWS, LEAST_WINDOWS } from '../windows/enough-windows.js';
import type { WindowCounts } from '../model/baseline-windows.js';

/** Of the false alarms of all events, how much the dependence between columns has where it is watched. */
const SHARE_OF_JOINT = 0.1;
/** How much columns of vectors have together, where there are any. */
const SHARE_OF_VECTORS = 0.1;
/** However rarely a window comes and however many alarms are accepted, its odds of a false one stay at or below this. */
const MOST_PER_WINDOW = 0.05;

/** What a baseline teaches about windows of one size: how each segment's columns vary when all is well. */
export class DecisionModel {
  readonly #segments = new Map<string, SegmentNull | null>();
  readonly #shareOfSegments: number;
  readonly #perWindow: number;

  private constructor(
    private readonly baseline: Baseline,
    private readonly window: WindowSettings,
    private readonly settings: DecisionSettings,
    horizons: number,
    private readonly segmented: boolean,
  ) {
    const { count, per } = settings.falseAlarms;
    this.#perWindow = Math.min(MOST_PER_WINDOW, (count * window.slide) / per / horizons);
    this.#shareOfSegments = 1 / Math.max(1, (baseline.windows?.segments.length ?? 1) - 1);
  }

  /**
   * @param horizons how many sizes of windows the monitor has: they share the false alarms.
   * @param segmented whether it judges segments too: they get half of them.
   */
  static of(
    baseline: Baseline,
    window: WindowSettings,
    settings: DecisionSettings,
    horizons: number,
    segmented: boolean,
  ): DecisionModel {
    return keptFit(baseline, 'windows', [window, settings, horizons, segmented], () => {
      return new DecisionModel(baseline, window, settings, horizons, segmented);
    });
  }

  /** Whom it was learnt from. */
  get baselineId(): string {
    return this.baseline.id;
  }

  /** False alarms a window, over everything that is judged. */
  get perWindow(): number {
    return this.#perWindow;
  }

  /** Those of them that joint drift may raise. */
  get perWindowOfDependence(): number {
    return this.#perWindow * this.#shareOfAll * SHARE_OF_JOINT;
  }

  /** Those of them that one column of vectors may raise. */
  get perWindowOfEmbedding(): number {
    return (this.#perWindow * this.#shareOfAll * SHARE_OF_VECTORS) / Math.max(1, this.#vectors);
  }

  get #vectors(): number {
    return this.baseline.windows?.vectors.length ?? 0;
  }

  /** Null for a segment that the baseline has nothing of. */
  *of(segment: Segment): Steps<SegmentNull | null> {
    const id = segmentId(segment);
    let known = this.#segments.get(id);
    if (known === undefined) this.#segments.set(id, (known = yield* this.#fit(segment)));
    return known;
  }

  get #shareOfAll(): number {
    return this.segmented ? 0.5 : 1;
  }

  *#fit(segment: Segment): Steps<SegmentNull | null> {
    const whole = segment.dimension === '';
    const own = this.baseline.windows?.segments.find((each) => segmentId(each.segment) === segmentId(segment));
    if (own === undefined && !whole) return null;
    const size = this.baseline.windows?.size ?? 0;
    const windows =
      own === undefined ? [] : mergedWindows(own.windows, size, this.window, this.settings.minimumEvents, sumOfCounts);
    const totals = own === undefined ? totalsOf(this.baseline) : sumOfCounts(own.windows);
    const joint = this.baseline.windows?.joint ?? null;
    const ofColumns = 1 - (joint === null ? 0 : SHARE_OF_JOINT) - (this.#vectors === 0 ? 0 : SHARE_OF_VECTORS);
    const share = whole ? this.#shareOfAll * ofColumns : 0.5 * this.#shareOfSegments;
    const [first, last] = [windows.at(0)?.start ?? 0, windows.at(-1)?.start ?? 0];
    const instead = whole ? null : yield* this.of(ALL_EVENTS);
    return yield* segmentNull({
      columns: this.baseline.columns,
      windows,
      totals,
      slots: seasonSlots(this.window.size, first, last + this.window.size, this.settings.season),
      alpha: this.#perWindow * share,
      instead,
    });
  }
}

/** Whether a baseline is long enough for the stated false alarms to hold where windows vary among themselves. */
export interface Calibration {
  readonly calibrated: boolean;
  /** How many windows of the size it has. */
  readonly windows: number;
}

export function calibrationOf(baseline: Baseline, window: WindowSettings, minimumEvents: number): Calibration {
  const known = baseline.windows;
  const all = known?.segments.find(({ segment }) => segment.dimension === '');
  const windows =
    known === null || all === undefined
      ? 0
      : mergedWindows(all.windows, known.size, window, minimumEvents, sumOfCounts).length;
  return calibrationFrom(windows);
}

/** @param windows that a null is learnt from. */
export function calibrationFrom(windows: number): Calibration {
  return { calibrated: windows >= ENOUGH_WINDOWS, windows };
}

/** Says what a baseline that is too short lacks; empty where it is not. */
export function describeCalibration({ calibrated, windows }: Calibration): string {
  if (calibrated) return '';
  const known = windows < LEAST_WINDOWS ? 'too short to know how windows vary' : 'short for knowing how windows vary';
  return `baseline ${known}: ${windows} windows, ${ENOUGH_WINDOWS} are needed`;
}

const CAUTION = /; (baseline (?:too short|short) \D+\d+ windows, \d+ are needed)$/;

/** An event's sentence, and apart from it what {@link describeCalibration} said at its end: empty where it said nothing. */
export function splitCaution(summary: string): { readonly sentence: string; readonly caution: string } {
  const found = CAUTION.exec(summary);
  if (found === null) return { sentence: summary, caution: '' };
  return { sentence: summary.slice(0, found.index), caution: found[1] };
}

function totalsOf(baseline: Baseline): WindowCounts {
  const columns = baseline.columns.map((column) => countsOf(column, baseline.rows));
  return { start: baseline.periodStart ?? 0, events: baseline.rows, columns };
}
