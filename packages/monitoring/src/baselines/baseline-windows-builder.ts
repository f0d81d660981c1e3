import type { ColumnSketch } from '@tidemark/sketches';
import type { WindowSettings } from '../model/monitor.js';
import { lastWindowStart } from '../model/pane-time.js';
import { segmentId, type Segment } from '../model/stream.js';
import { countWidth, sumOfCounts } from '../summaries/window-counts.js';
import type { DependenceWindows, EmbeddingWindows, WindowCounts, BaselineWindows } from '../model/baseline-windows.js';

/** So many of the last windows are kept, two weeks of five minutes: a season of the day shows only over some days. */
const MOST_WINDOWS = 4032;
/** However wide they are, so many are, */
const LEAST_WINDOWS = 512;
/** unless they have more counts together, as 2,000 columns of 20 counts have: a baseline is read as a whole. */
const MOST_COUNTS_EVER = 21_000_000;
/** Between the two, as many as have so many counts of all events. A count takes one to three bytes in a record. */
const MOST_COUNTS = 1_000_000;
/** So many counts of segments are kept; those beyond it keep their sums alone. */
const MOST_COUNTS_OF_SEGMENTS = 300_000;
/** While they are gathered, so many times as many. */
const SLACK = 4;
/** So many windows beyond the most are gathered before the oldest are forgotten. */
const FORGET_EVERY = 512;

interface GatheredSegment {
  readonly segment: Segment;
  /** By start; a single one where only the sum is kept. */
  readonly windows: Map<number, WindowCounts>;
  summed: boolean;
}

/** Gathers a baseline's windows as their counts come, in any order. */
export class BaselineWindowsBuilder {
  readonly #segments = new Map<string, GatheredSegment>();
  /** How many windows of segments are held one by one. */
  #held = 0;
  #oldest = -Infinity;
  /** Counts of one window of one segment. */
  readonly #width: number;
  /** How many windows are kept. */
  readonly #most: number;

  /** @param settings the shortest of the monitor's windows; null: the source has no times. */
  constructor(
    private readonly settings: WindowSettings | null,
    columns: readonly Pick<ColumnSketch, 'layout'>[],
  ) {
    this.#width = columns.reduce((sum, column) => sum + countWidth(column), 1);
    const wide = Math.max(1, Math.min(LEAST_WINDOWS, Math.floor(MOST_COUNTS_EVER / this.#width)));
    this.#most = Math.min(MOST_WINDOWS, Math.max(wide, Math.floor(MOST_COUNTS / this.#width)));
  }

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
    if (entry === undefined) this.#segments.set(id, (entry = { segment, windows: new Map(), summed: false }));
    const [sum] = entry.summed ? entry.windows.keys() : [start];
    const known = entry.windows.get(sum);
    entry.windows.set(sum, known === undefined ? { ...counts, start } : sumOfCounts([known, counts]));
    if (known !== undefined) return;
    if (segment.dimension !== '') this.#held++;
    if (entry.windows.size >= this.#most + FORGET_EVERY) this.#forgetOldest();
    if (this.#held * this.#width > SLACK * MOST_COUNTS_OF_SEGMENTS) this.#sumUpLast();
  }

  /** @param joint the correlations of columns in the same windows; null: not known. @param vectors in them. */
  build(joint: DependenceWindows | null = null, vectors: readonly EmbeddingWindows[] = []): BaselineWindows {
    this.#forgetOldest();
    const entries = [...this.#segments.values()].sort((a, b) => compare(a.segment, b.segment));
    let room = MOST_COUNTS_OF_SEGMENTS;
    const segments = entries.flatMap(({ segment, windows }) => {
      if (windows.size === 0) return [];
      const sorted = [...windows.values()].sort((a, b) => a.start - b.start);
      const whole = segment.dimension === '';
      const kept = whole || this.#width * sorted.length <= room ? sorted : [sumOfCounts(sorted)];
      if (!whole) room -= this.#width * kept.length;
      return [{ segment, windows: kept }];
    });
    return { size: this.settings?.size ?? 0, segments, joint, vectors };
  }

  #forgetOldest(): void {
    const apart = [...this.#segments.values()].filter(({ summed }) => !summed);
    const starts = [...new Set(apart.flatMap(({ windows }) => [...windows.keys()]))];
    if (starts.length <= this.#most) return;
    starts.sort((a, b) => b - a);
    this.#oldest = starts[this.#most - 1];
    for (const { segment, windows } of apart) {
      for (const start of windows.keys()) {
        if (start < this.#oldest && windows.delete(start) && segment.dimension !== '') this.#held--;
      }
    }
  }

  /** Sums up the last segment that is held window by window: the first ones have the room in the end. */
  #sumUpLast(): void {
    let last: GatheredSegment | null = null;
    for (const entry of this.#segments.values()) {
      const apart = entry.segment.dimension !== '' && !entry.summed && entry.windows.size > 0;
      if (apart && (last === null || compare(entry.segment, last.segment) > 0)) last = entry;
    }
    if (last === null) return;
    const sum = sumOfCounts([...last.windows.values()].sort((a, b) => a.start - b.start));
    this.#held -= last.windows.size;
    last.windows.clear();
    last.windows.set(sum.start, sum);
    last.summed = true;
  }
}

function compare(a: Segment, b: Segment): number {
  if (a.dimension !== b.dimension) return a.dimension < b.dimension ? -1 : 1;
  if (a.value === b.value) return 0;
  return a.value < b.value ? -1 : 1;
}
