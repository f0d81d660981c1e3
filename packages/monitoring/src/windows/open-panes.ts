import type { Aggregate } from '../summaries/aggregate.js';
import { OverflowCounts } from '../summaries/overflow.js';
import type { SketchPartial } from '../summaries/partial.js';
import type { Summary } from '../summaries/aggregate.js';
import type { PaneRow } from './rows.js';
import { OTHER, type SegmentAdmission } from '../summaries/segment-admission.js';
import type { StreamLimits } from '../summaries/stream-limits.js';
import { segmentId, type Segment } from '../model/stream.js';
import type { Pane } from '../model/pane.js';

interface OpenPane {
  readonly pane: Pane;
  readonly aggregate: Aggregate;
  baselineId: string | null;
  firstOffset: number;
}

/** One pane of a stream that is still open: what has come of each of its segments, held to the stream's limits. */
export class OpenPanes {
  readonly #segments = new Map<string, OpenPane>();
  readonly #overflow = new OverflowCounts();
  readonly #admission: SegmentAdmission;
  #sketches = 0;

  constructor(
    readonly pane: Pane,
    private readonly limits: StreamLimits,
  ) {
    this.#admission = limits.admission();
  }

  get size(): number {
    return this.#segments.size;
  }

  /** How many sketches it holds, of some kilobytes each. */
  get sketches(): number {
    return this.#sketches;
  }

  /** The offset of the oldest record that the pane rests on. */
  get firstOffset(): number {
    let oldest = Infinity;
    for (const { firstOffset } of this.#segments.values()) oldest = Math.min(oldest, firstOffset);
    return oldest;
  }

  take(offset: number, partial: SketchPartial): void {
    const asked = partial.pane.segment;
    const segment = this.#admission.place(asked, (evicted) => this.#moveToOther(evicted));
    if (segment.value !== asked.value) this.#overflow.add('segments', asked.dimension, partial.events, [asked.value]);
    for (const { what, name, count, examples } of partial.overflow) this.#overflow.add(what, name, count, examples);
    const open = this.#open(segment, partial.baselineId, offset);
    open.baselineId = partial.baselineId ?? open.baselineId;
    this.#merge(open, partial);
  }

  /** The pane of each segment, in one order whatever the order they came in, and what exceeded its limit. @param part what they are called. */
  close(part: string): { rows: PaneRow[]; overflow: OverflowCounts } {
    const sorted = [...this.#segments].sort(([a], [b]) => (a < b ? -1 : 1));
    const rows = sorted.map(([, { pane, aggregate, baselineId }]) => {
      const { events, minEventTime, maxEventTime, joint, quality } = aggregate;
      const columns = [...aggregate.columns];
      const vectors = [...aggregate.vectors];
      // A digest that still buffers values merges otherwise than the one a successor reads back: settled, both give the same windows.
      for (const { digest } of columns) digest?.centroids();
      return { pane, part, events, minEventTime, maxEventTime, baselineId, columns, joint, quality, vectors };
    });
    const all = sorted.find(([, { pane }]) => pane.segment.dimension === '')?.[1].aggregate;
    if (all !== undefined && all.refusedCells > 0) {
      this.#overflow.add('columns', '', all.refusedCells, all.refusedNames);
    }
    return { rows, overflow: this.#overflow };
  }

  #moveToOther(evicted: Segment): void {
    const id = segmentId(evicted);
    const gone = this.#segments.get(id);
    if (gone === undefined) return;
    this.#segments.delete(id);
    const { dimension, value } = evicted;
    const other = this.#open({ dimension, value: OTHER }, gone.baselineId, gone.firstOffset);
    other.firstOffset = Math.min(other.firstOffset, gone.firstOffset);
    this.#sketches -= gone.aggregate.sketches;
    this.#merge(other, gone.aggregate);
    this.#overflow.add('segments', dimension, gone.aggregate.events, [value]);
  }

  #merge({ aggregate }: OpenPane, summary: Summary): void {
    const before = aggregate.sketches;
    aggregate.merge(summary);
    this.#sketches += aggregate.sketches - before;
  }

  #open(segment: Segment, baselineId: string | null, offset: number): OpenPane {
    const id = segmentId(segment);
    let open = this.#segments.get(id);
    if (open === undefined) {
      open = { pane: { ...this.pane, segment }, aggregate: this.limits.aggregate(), baselineId, firstOffset: offset };
      this.#segments.set(id, open);
    }
    return open;
  }
}
