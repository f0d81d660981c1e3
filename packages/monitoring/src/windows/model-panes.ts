import { OpenPanes } from './open-panes.js';
import type { SketchPartial } from '../summaries/partial.js';
import type { StreamLimits } from '../summaries/stream-limits.js';
import { streamId, type Stream } from '../model/stream.js';
import type { Pane } from '../model/pane.js';

/** When a pane is due to be closed, in event time: milliseconds since the epoch. */
type DueAt = (pane: Pane) => number;

/** Panes that are to be closed before their time. */
export interface ExcessPanes {
  /** By when they were due, the oldest first; at least one. */
  readonly panes: readonly Pane[];
  /** When the last of them is due, milliseconds since the epoch. */
  readonly dueAt: number;
}

/** The panes of one model that are open. A pane is known by its stream, its start and its size, which the monitor may change. */
export class ModelPanes {
  readonly #open = new Map<string, OpenPanes>();

  /** Segments of panes. */
  get size(): number {
    let panes = 0;
    for (const { size } of this.#open.values()) panes += size;
    return panes;
  }

  /** How many sketches they hold. */
  get sketches(): number {
    let sketches = 0;
    for (const open of this.#open.values()) sketches += open.sketches;
    return sketches;
  }

  /** The offset of the oldest record that one rests on; Infinity where none is open. */
  get firstOffset(): number {
    let oldest = Infinity;
    for (const { firstOffset } of this.#open.values()) oldest = Math.min(oldest, firstOffset);
    return oldest;
  }

  /** The same for each stream that has any, by `streamId`. */
  get firstOffsets(): ReadonlyMap<string, number> {
    const offsets = new Map<string, number>();
    for (const { pane, firstOffset } of this.#open.values()) {
      const id = streamId(pane.stream);
      offsets.set(id, Math.min(offsets.get(id) ?? Infinity, firstOffset));
    }
    return offsets;
  }

  /** Forgets those of a stream. */
  drop(stream: Stream): void {
    const id = streamId(stream);
    for (const [key, { pane }] of this.#open) if (streamId(pane.stream) === id) this.#open.delete(key);
  }

  /** Goes on with those that others hold of a stream. */
  adopt(others: ModelPanes, stream: Stream): void {
    const id = streamId(stream);
    for (const [key, open] of others.#open) if (streamId(open.pane.stream) === id) this.#open.set(key, open);
  }

  take(offset: number, partial: SketchPartial, limits: StreamLimits): void {
    const { pane } = partial;
    const key = `${streamId(pane.stream)}\u0001${pane.start}\u0001${pane.size}`;
    let open = this.#open.get(key);
    if (open === undefined) this.#open.set(key, (open = new OpenPanes(pane, limits)));
    open.take(offset, partial);
  }

  /** Removes some and gives them one after the other, the earliest first. */
  *close(passed: (pane: Pane) => boolean): Generator<OpenPanes, void, void> {
    const closed = [...this.#open].filter(([, { pane }]) => passed(pane));
    closed.sort(([a, { pane: p }], [b, { pane: q }]) => p.start - q.start || (a < b ? -1 : 1));
    for (const [key, open] of closed) {
      // Its stream may have been set aside meanwhile.
      if (this.#open.delete(key)) yield open;
    }
  }

  /** How many sketches those hold that are due between two times. */
  sketchesDue(dueAt: DueAt, after: number, by: number): number {
    let due = 0;
    for (const { pane, sketches } of this.#open.values()) {
      const at = dueAt(pane);
      if (at > after && at <= by) due += sketches;
    }
    return due;
  }

  /** The oldest of those that are due between two times, so many that at least so many sketches go with them; null where none is due then. */
  oldest(sketchesToGo: number, dueAt: DueAt, after: number, by: number): ExcessPanes | null {
    let left = sketchesToGo;
    const panes: Pane[] = [];
    let last = -Infinity;
    for (const { pane, sketches, at } of this.#due(dueAt, after, by)) {
      if (left <= 0 && at !== last) break;
      left -= sketches;
      last = at;
      panes.push(pane);
    }
    return panes.length === 0 ? null : { panes, dueAt: last };
  }

  #due(dueAt: DueAt, after: number, by: number): { pane: Pane; sketches: number; at: number }[] {
    return [...this.#open.values()]
      .map(({ pane, sketches }) => ({ pane, sketches, at: dueAt(pane) }))
      .filter(({ at }) => at > after && at <= by)
      .sort((a, b) => a.at - b.at || a.pane.start - b.pane.start);
  }
}
