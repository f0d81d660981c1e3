import type { ColumnSketch } from '@tidemark/sketches';
import type { JointWindows } from './joint-windows.js';
import type { WindowSettings } from './monitor.js';
import { lastWindowStart } from './pane-time.js';
import { segmentId, type Segment } from './stream.js';
import { sumOfCounts, type WindowCounts } from './window-counts.js';

/** So many of the last windows are kept. */
const MOST_WINDOWS = 512;
/** So many counts are kept in all; segments beyond it keep their sums alone. A count takes one to three bytes in a record. */
const MOST_COUNTS = 300_000;

/** One segment of a baseline, window by window. */
export interface SegmentWindows {
  readonly segment: Segment;
  /** In the order of their starts; a single one, however long, where only the sum is kept. */
  readonly windows: readonly WindowCounts[];
}

/** How a baseline's columns were from window to window: what windows in production may do without being a drift. */
export interface BaselineWindows {
  /** Milliseconds; 0 where the source had no times and everything is one window. */
  readonly size: number;
  /** The segment of all events first. */
  readonly segments: readonly SegmentWindows[];
  /** How columns hung together in them; null where that is not known. */
  readonly joint: JointWindows | null;
}

/** Gathers a baseline's windows as their counts come, in any order. */
export class BaselineWindowsBuilder {
  readonly #segments = new Map<string, { segment: Segment; windows: Map<number, WindowCounts> }>();
  #oldest = -Infinity;

  /** @param settings the shortest of the monitor's windows; null: the source has no times. */
  constructor(
    private readonly settings: WindowSettings | null,
    private readonly columns: readonly Pick<ColumnSketch, 'layout'>[],
  ) {}

  /** Whether its source has times. */
  get timed(): boolean {
    return this.settings !== null;
  }

  /** The start of the window that a time lies in, milliseconds since the epoch. */
  windowOf(time: number): number {
    if (this.settings === null) return 0;
    const { size, origin } = this.settings;
    return lastWindowStart(time, { size, slide: size, origin });
  }

  /** Adds counts to the window in which they start. */
  add(segment: Segment, counts: WindowCounts): void {
    const start = this.windowOf(counts.start);
    if (start < this.#oldest) return;
    const id = segmentId(segment);
    let entry = this.#segments.get(id);
    if (entry === undefined) this.#segments.set(id, (entry = { segment, windows: new Map() }));
    const known = entry.windows.get(start);
    entry.windows.set(start, known === undefined ? { ...counts, start } : sumOfCounts([known, counts]));
    if (entry.windows.size >= 2 * MOST_WINDOWS) this.#forgetOldest();
  }

  /** @param joint how the columns hung together in the same windows; null: not known. */
  build(joint: JointWindows | null = null): BaselineWindows {
    this.#forgetOldest();
    const entries = [...this.#segments.values()].sort((a, b) => compare(a.segment, b.segment));
    let room = MOST_COUNTS;
    const segments = entries.flatMap(({ segment, windows }) => {
      if (windows.size === 0) return [];
      const sorted = [...windows.values()].sort((a, b) => a.start - b.start);
      const width = this.columns.reduce((sum, _, column) => sum + sorted[0].columns[column].length, 1);
      const fits = segment.dimension === '' || width * sorted.length <= room;
      const kept = fits ? sorted : [sumOfCounts(sorted)];
      room -= width * kept.length;
      return [{ segment, windows: kept }];
    });
    return { size: this.settings?.size ?? 0, segments, joint };
  }

  #forgetOldest(): void {
    const starts = [...new Set([...this.#segments.values()].flatMap(({ windows }) => [...windows.keys()]))];
    if (starts.length <= MOST_WINDOWS) return;
    starts.sort((a, b) => b - a);
    this.#oldest = starts[MOST_WINDOWS - 1];
    for (const { windows } of this.#segments.values()) {
      for (const start of windows.keys()) if (start < this.#oldest) windows.delete(start);
    }
  }
}

function compare(a: Segment, b: Segment): number {
  if (a.dimension !== b.dimension) return a.dimension < b.dimension ? -1 : 1;
  if (a.value === b.value) return 0;
  return a.value < b.value ? -1 : 1;
}
