import type { Aggregate, Summary } from '../summaries/aggregate.js';
import type { WindowSettings } from '../model/monitor.js';
import { lastWindowStart, windowStartsOf } from '../model/pane-time.js';
import { OTHER, type SegmentAdmission } from '../summaries/segment-admission.js';
import type { StreamLimits } from '../summaries/stream-limits.js';
import { segmentId, type Segment } from '../model/stream.js';

/** What one segment holds of a window. */
export interface SegmentAggregate {
  readonly segment: Segment;
  readonly aggregate: Aggregate;
}

/** A window that has closed: its own segments, and those of them that have waited long enough to be judged. */
export interface ClosedWindow {
  readonly start: number;
  readonly segments: readonly SegmentAggregate[];
  /** As `segments`, but merged with the earlier windows that were too small to be judged alone. */
  readonly ripe: readonly (SegmentAggregate & { readonly from: number })[];
  /** Those that are let go now, as they have not gathered enough events to be judged. */
  readonly unjudged: readonly UnjudgedSegment[];
}

/** What is let go without having been judged. */
export interface UnjudgedSegment {
  readonly segment: Segment;
  /** Start of the first window that had some of it, milliseconds since the epoch. */
  readonly from: number;
  /** Events of it since then that were not judged. */
  readonly events: number;
}

interface Waiting extends SegmentAggregate {
  /** Start of the first window merged in, milliseconds since the epoch. */
  readonly from: number;
}

interface OpenWindow {
  readonly admission: SegmentAdmission;
  readonly segments: Map<string, SegmentAggregate>;
}

/** Windows that overlap, of a segment that has had too few events in each since it was judged last. */
interface Thin extends UnjudgedSegment {
  /** Events before it are among those, milliseconds since the epoch. */
  readonly countedTo: number;
}

/** A segment that has not gathered enough events to be judged after so many windows is let go, and begins anew. */
export const LONGEST_WAIT = 100;

/**
 * The windows of one horizon of one stream: panes are merged in as they close, and windows are given out in order once the
 * watermark has passed them, the empty ones included, so that silence is seen.
 */
export class WindowSeries {
  readonly #open = new Map<number, OpenWindow>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #thin = new Map<string, Thin>();
  #next: number | null = null;
  #empties = 0;

  constructor(
    readonly settings: WindowSettings,
    private readonly minimumEvents: number,
    private readonly limits: StreamLimits,
  ) {}

  /** Merges a closed pane into every window it belongs to that has not been given out. */
  merge(segment: Segment, paneStart: number, paneSize: number, summary: Summary): void {
    for (const start of windowStartsOf(paneStart, paneSize, this.settings)) {
      if (this.#next === null) this.#next = start;
      if (start < this.#next) {
        this.#mergeWaiting(segment, start, summary);
        continue;
      }
      let open = this.#open.get(start);
      if (open === undefined)
        this.#open.set(start, (open = { admission: this.limits.admission(), segments: new Map() }));
      const { admission, segments } = open;
      const place = admission.place(segment, (evicted) => {
        const gone = segments.get(segmentId(evicted));
        if (gone === undefined) return;
        segments.delete(segmentId(evicted));
        this.#entryOf(segments, { ...evicted, value: OTHER }).aggregate.merge(gone.aggregate);
      });
      this.#entryOf(segments, place).aggregate.merge(summary);
    }
  }

  /**
   * The next window that ends at or before a time, or null where none does. Long stretches without any events are passed
   * over after `emptyRun` windows.
   */
  close(time: number, emptyRun: number): ClosedWindow | null {
    if (this.#next === null || this.#next + this.settings.size > time) return null;
    const start = this.#next;
    const segments = [...(this.#open.get(start)?.segments.values() ?? [])];
    this.#open.delete(start);
    this.#empties = segments.length === 0 ? this.#empties + 1 : 0;
    this.#next = start + this.settings.slide;
    if (this.#empties > emptyRun) this.#next = Math.max(this.#next, this.#nextWorthSeeing(time));
    return { start, segments, ripe: this.#ripen(start, segments), unjudged: this.#letGo(start) };
  }

  /** The end of the last window that holds anything, milliseconds since the epoch; -Infinity where none does. */
  get end(): number {
    return Math.max(...this.#open.keys(), -Infinity) + this.settings.size;
  }

  /** The end of the next window to be given out, milliseconds since the epoch; null where nothing has come yet. */
  get nextEnd(): number | null {
    return this.#next === null ? null : this.#next + this.settings.size;
  }

  /** The earliest time from which closed panes are still needed to go on from here; null where nothing has come yet. */
  get neededFrom(): number | null {
    if (this.#next === null) return null;
    return [...this.#waiting.values()].reduce((least, { from }) => Math.min(least, from), this.#next);
  }

  snapshot(): WindowSeriesSnapshot {
    return {
      next: this.#next,
      empties: this.#empties,
      waiting: [...this.#waiting.values()].map(({ segment, from }) => ({ segment, from })),
      ...(this.#thin.size === 0 ? {} : { thin: [...this.#thin.values()] }),
    };
  }

  /** Puts the series back where it was; what the open windows held has to be merged in again. */
  restore(snapshot: WindowSeriesSnapshot): void {
    this.#next = snapshot.next;
    this.#empties = snapshot.empties;
    for (const { segment, from } of snapshot.waiting) {
      this.#waiting.set(segmentId(segment), { segment, from, aggregate: this.limits.aggregate() });
    }
    // A state of before this was told has none.
    for (const thin of snapshot.thin ?? []) this.#thin.set(segmentId(thin.segment), thin);
  }

  /** Begins with the first window that is not over at a time, milliseconds since the epoch; what it holds so far has to be merged in. */
  beginAfter(time: number): void {
    this.#next = lastWindowStart(time - this.settings.size, this.settings) + this.settings.slide;
  }

  #nextWorthSeeing(time: number): number {
    const notYet = lastWindowStart(time - this.settings.size, this.settings) + this.settings.slide;
    return Math.min(notYet, ...this.#open.keys());
  }

  #ripen(start: number, segments: readonly SegmentAggregate[]): (SegmentAggregate & { from: number })[] {
    const ripe: (SegmentAggregate & { from: number })[] = [];
    // Sliding windows share panes: merging neighbours would count events twice, so small ones are left unjudged.
    const tumbling = this.settings.slide === this.settings.size;
    for (const { segment, aggregate } of segments) {
      const id = segmentId(segment);
      const waiting = this.#waiting.get(id);
      const joined = waiting === undefined ? aggregate : this.#mergeOf(waiting.aggregate, aggregate);
      const from = waiting?.from ?? start;
      if (joined.events >= this.minimumEvents) {
        this.#waiting.delete(id);
        this.#thin.delete(id);
        ripe.push({ segment, aggregate: joined, from });
      } else if (tumbling) this.#waiting.set(id, { segment, from, aggregate: joined });
      else this.#noteThin(id, segment, start, aggregate.events);
    }
    return ripe;
  }

  #noteThin(id: string, segment: Segment, start: number, events: number): void {
    const { from, events: before, countedTo } = this.#thin.get(id) ?? { from: start, events: 0, countedTo: start };
    const isCounted = start < countedTo;
    this.#thin.set(id, {
      ...{ segment, from, events: isCounted ? before : before + events },
      countedTo: isCounted ? countedTo : start + this.settings.size,
    });
  }

  /** Lets those go that have waited too long, and those that have waited longest where more segments of a dimension wait than may have one. */
  #letGo(start: number): UnjudgedSegment[] {
    const longest = start - LONGEST_WAIT * this.settings.size;
    const unjudged: UnjudgedSegment[] = [];
    for (const [id, thin] of this.#thin) {
      if (thin.from > longest) continue;
      this.#thin.delete(id);
      unjudged.push(thin);
    }
    const drop = (id: string, { segment, from, aggregate: { events } }: Waiting): void => {
      this.#waiting.delete(id);
      // Outcomes alone are no events.
      if (events > 0) unjudged.push({ segment, from, events });
    };
    for (const [id, waiting] of this.#waiting) if (waiting.from <= longest) drop(id, waiting);
    if (this.#waiting.size <= this.limits.segments) return unjudged;
    const newest = [...this.#waiting].sort(([a, p], [b, q]) => q.from - p.from || (a < b ? -1 : 1));
    const kept = new Map<string, number>();
    for (const [id, waiting] of newest) {
      const { dimension } = waiting.segment;
      const count = (kept.get(dimension) ?? 0) + 1;
      kept.set(dimension, count);
      // One more than the limit: `(other)` waits too.
      if (count > this.limits.segments + 1) drop(id, waiting);
    }
    return unjudged;
  }

  #entryOf(segments: Map<string, SegmentAggregate>, segment: Segment): SegmentAggregate {
    const id = segmentId(segment);
    let entry = segments.get(id);
    if (entry === undefined) segments.set(id, (entry = { segment, aggregate: this.limits.aggregate() }));
    return entry;
  }

  #mergeWaiting(segment: Segment, start: number, summary: Summary): void {
    const waiting = this.#waiting.get(segmentId(segment));
    if (waiting !== undefined && start >= waiting.from) waiting.aggregate.merge(summary);
  }

  #mergeOf(...parts: readonly Summary[]): Aggregate {
    const merged = this.limits.aggregate();
    for (const part of parts) merged.merge(part);
    return merged;
  }
}

export interface WindowSeriesSnapshot {
  readonly next: number | null;
  readonly empties: number;
  readonly waiting: readonly { readonly segment: Segment; readonly from: number }[];
  readonly thin?: readonly Thin[];
}
