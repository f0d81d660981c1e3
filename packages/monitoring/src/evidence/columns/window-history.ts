import type { ColumnSketch } from '@tidemark/sketches';
import { LONGEST_SCAN } from '@tidemark/statistics';
import { segmentId, type Segment } from '../../model/stream.js';
import { countWidth } from '../../summaries/window-counts.js';
import type { WindowCounts } from '../../model/baseline-windows.js';

/** Which windows follow each other: those of one size, of one segment; where windows slide, those that do not overlap. */
export interface Succession {
  /** Index of the monitor's window. */
  readonly horizon: number;
  /** Which of the slides of a window, 0 to size ÷ slide − 1. */
  readonly phase: number;
  readonly segment: Segment;
}

interface Entry extends Succession {
  windows: readonly WindowCounts[];
}

/** The counts of a stream's last sixteen windows, of each size and segment: all that its decisions rest on beside the baseline. */
export class WindowHistory {
  readonly #entries = new Map<string, Entry>();
  /** By segment and column: windows that began earlier belong to an incident that is over. */
  readonly #over = new Map<string, readonly [segment: Segment, column: string, time: number]>();
  #baselineId = '';

  /** Forgets everything where the bins are another baseline's. */
  useBaseline(id: string): void {
    if (this.#baselineId === id) return;
    this.#baselineId = id;
    this.#entries.clear();
    this.#over.clear();
  }

  /** @returns the last sixteen windows with the new one, oldest first. */
  push(succession: Succession, counts: WindowCounts): readonly WindowCounts[] {
    const key = keyOf(succession);
    const windows = [...(this.#entries.get(key)?.windows ?? []), counts].slice(-LONGEST_SCAN);
    this.#entries.set(key, { ...succession, windows });
    return windows;
  }

  /** From when on windows count for a column of a segment, milliseconds since the epoch. */
  countsFrom(segment: Segment, column: string): number {
    const own = this.#over.get(columnKey(segment, column))?.[2] ?? -Infinity;
    if (segment.dimension === '') return own;
    return Math.max(own, this.#over.get(columnKey({ dimension: '', value: '' }, column))?.[2] ?? -Infinity);
  }

  /** An incident ended: what was before says nothing of what is now, in its segment; if in all events, in every segment. */
  closeUpTo(segment: Segment, column: string, time: number): void {
    this.#over.set(columnKey(segment, column), [segment, column, time]);
  }

  snapshot(): WindowHistorySnapshot {
    return {
      baselineId: this.#baselineId,
      entries: [...this.#entries.values()].map(({ windows, ...succession }) => ({
        ...succession,
        windows: windows.map(({ start, events, columns }) => ({ start, events, counts: encode(columns) })),
      })),
      over: [...this.#over.values()],
    };
  }

  /** @param baselineId whose bins are in force: those of another are not restored. @param baselineColumns of the baseline in force. */
  restore(snapshot: WindowHistorySnapshot, baselineId: string, baselineColumns: readonly ColumnSketch[]): void {
    if (snapshot.baselineId !== baselineId) return;
    this.#baselineId = baselineId;
    const widths = baselineColumns.map(countWidth);
    for (const { windows, ...succession } of snapshot.entries) {
      const restored = windows.map(({ start, events, counts }) => ({ start, events, columns: decode(counts, widths) }));
      this.#entries.set(keyOf(succession), { ...succession, windows: restored });
    }
    for (const entry of snapshot.over) this.#over.set(columnKey(entry[0], entry[1]), entry);
  }
}

export interface WindowHistorySnapshot {
  readonly baselineId: string;
  readonly entries: readonly (Succession & {
    readonly windows: readonly {
      readonly start: number;
      readonly events: number;
      /** The counts of all columns as unsigned varints, in base64. */
      readonly counts: string;
    }[];
  })[];
  readonly over: readonly (readonly [segment: Segment, column: string, time: number])[];
}

function encode(columns: readonly Float64Array[]): string {
  const bytes: number[] = [];
  for (const counts of columns) {
    for (let count of counts) {
      for (; count >= 128; count = Math.floor(count / 128)) bytes.push((count % 128) + 128);
      bytes.push(count);
    }
  }
  return Buffer.from(bytes).toString('base64');
}

function decode(text: string, widths: readonly number[]): Float64Array[] {
  const bytes = Buffer.from(text, 'base64');
  let at = 0;
  return widths.map((width) =>
    Float64Array.from({ length: width }, () => {
      let count = 0;
      let scale = 1;
      for (; bytes[at] >= 128; scale *= 128) count += (bytes[at++] - 128) * scale;
      return count + bytes[at++] * scale;
    }),
  );
}

function keyOf({ horizon, phase, segment }: Succession): string {
  return `${horizon}/${phase}/${segmentId(segment)}`;
}

function columnKey(segment: Segment, column: string): string {
  return `${segmentId(segment)}\u0001${column}`;
}
