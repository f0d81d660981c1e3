import { QualitySketch } from '@tidemark/sketches';
import { lastWindowStart } from '../model/pane-time.js';
import type { QualitySettings } from '../model/monitor.js';
import { OTHER, type SegmentAdmission } from '../summaries/segment-admission.js';
import type { StreamLimits } from '../summaries/stream-limits.js';
import { segmentId, type Segment } from '../model/stream.js';

/** What one segment answered in a window, and what is known of the truth by now. */
export interface SegmentQuality {
  readonly segment: Segment;
  readonly quality: QualitySketch;
}

/** A window that waits for labels. */
export interface OpenQualityWindow {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly segments: ReadonlyMap<string, SegmentQuality>;
  /** Whether something has come since it was last judged. */
  dirty: boolean;
  /** By segment, the columns whose distribution had changed in it; of them the first few. */
  readonly moved: Map<string, Set<string>>;
}

interface OpenWindow extends OpenQualityWindow {
  readonly admission: SegmentAdmission;
  readonly segments: Map<string, SegmentQuality>;
}

/** So many sketches are kept of a stream, of some kilobytes each: the oldest windows stop waiting where there are more. */
const MOST_SKETCHES = 4000;
/** So many columns are named as moved, and in so many segments of a window. */
const MOST_MOVED = 20;
const MOST_MOVED_SEGMENTS = 50;

/** The windows of one stream that still wait for labels: they stay open until these have had the time that the monitor gives them. */
export class QualityWindows {
  readonly #open = new Map<number, OpenWindow>();
  #sketches = 0;
  /** Windows that start before it are over. */
  #from = -Infinity;

  constructor(
    private readonly settings: QualitySettings,
    private readonly limits: StreamLimits,
  ) {}

  /** In the order of their starts. */
  get open(): readonly OpenQualityWindow[] {
    return [...this.#open.values()].sort((a, b) => a.start - b.start);
  }

  /** The earliest time from which the quality of panes is needed to go on from here; null: none. */
  get neededFrom(): number | null {
    return this.#open.size === 0 ? null : Math.min(...this.#open.keys());
  }

  /** @param judged false where what comes was judged before, as after a restart. */
  merge(segment: Segment, paneStart: number, quality: QualitySketch, judged = true): void {
    const start = lastWindowStart(paneStart, this.settings.window);
    if (start < this.#from) return;
    const window = this.#windowAt(start);
    if (judged) window.dirty = true;
    const place = window.admission.place(segment, (evicted) => {
      const gone = window.segments.get(segmentId(evicted));
      if (gone === undefined) return;
      window.segments.delete(segmentId(evicted));
      this.#sketches--;
      this.#sketchOf(window, { ...evicted, value: OTHER }).merge(gone.quality);
    });
    this.#sketchOf(window, place).merge(quality);
  }

  /** Notes that the distribution of a column had changed between two times. */
  noteMoved(segment: Segment, column: string, from: number, to: number): void {
    const id = segmentId(segment);
    for (const window of this.#open.values()) {
      if (window.start >= to || window.start + this.settings.window.size <= from) continue;
      let columns = window.moved.get(id);
      if (columns === undefined) {
        if (window.moved.size >= MOST_MOVED_SEGMENTS) continue;
        window.moved.set(id, (columns = new Set()));
      }
      if (columns.has(column) || columns.size >= MOST_MOVED) continue;
      columns.add(column);
      window.dirty = true;
    }
  }

  /** Lets those go that have waited long enough at a time, or for which there is no room; gives them once more, oldest first. */
  expire(time: number): OpenQualityWindow[] {
    const gone: OpenQualityWindow[] = [];
    for (const window of this.open) {
      const waited = window.start + this.settings.window.size + this.settings.labelWait <= time;
      if (!waited && (this.#sketches <= MOST_SKETCHES || window.start + this.settings.window.size > time)) break;
      this.#open.delete(window.start);
      this.#sketches -= window.segments.size;
      this.#from = window.start + this.settings.window.size;
      gone.push(window);
    }
    return gone;
  }

  snapshot(): QualityWindowsSnapshot {
    const windows = this.open.map(({ start, dirty, moved }) => ({
      ...{ start, dirty },
      moved: [...moved].map(([id, columns]) => [id, [...columns]] as const),
    }));
    const { size, origin } = this.settings.window;
    return { from: this.#from, windows, size, origin };
  }

  /** Puts the windows back; what they held has to be merged in again. Those of another size are made anew of that. */
  restore({ from, windows, size, origin }: QualityWindowsSnapshot): void {
    const { window } = this.settings;
    if ((size ?? window.size) !== window.size || (origin ?? window.origin) !== window.origin) {
      const start = lastWindowStart(from, window);
      this.#from = start < from ? start + window.size : from;
      return;
    }
    this.#from = from;
    for (const { start, dirty, moved } of windows) {
      const window = this.#windowAt(start);
      window.dirty = dirty;
      for (const [id, columns] of moved) window.moved.set(id, new Set(columns));
    }
  }

  #windowAt(start: number): OpenWindow {
    let window = this.#open.get(start);
    if (window === undefined) {
      window = { start, admission: this.limits.admission(), segments: new Map(), dirty: false, moved: new Map() };
      this.#open.set(start, window);
    }
    return window;
  }

  #sketchOf({ segments }: OpenWindow, segment: Segment): QualitySketch {
    const id = segmentId(segment);
    let entry = segments.get(id);
    if (entry === undefined) {
      segments.set(id, (entry = { segment, quality: QualitySketch.empty() }));
      this.#sketches++;
    }
    return entry.quality;
  }
}

export interface QualityWindowsSnapshot {
  readonly from: number;
  /** Of the windows, milliseconds; a state of before they were noted does not say, and they are taken for what they are now. */
  readonly size?: number;
  readonly origin?: number;
  readonly windows: readonly {
    readonly start: number;
    readonly dirty: boolean;
    readonly moved: readonly (readonly [segment: string, columns: readonly string[]])[];
  }[];
}
