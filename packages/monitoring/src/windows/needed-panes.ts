import type { PaneRow } from './rows.js';
import { segmentId, streamId, type Segment, type Stream } from '../model/stream.js';

/** Closed panes of one stream that must be read back: after a restart, or to renew a baseline. */
export interface NeededPanes {
  readonly stream: Stream;
  /** All unless stated. */
  readonly segment?: Segment;
  /** Milliseconds since the epoch, inclusive and exclusive. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds. */
  readonly paneSize: number;
  /** At most so many of the starts that there are, evenly spread; all unless stated. */
  readonly most?: number;
  /** True: their quality alone, for windows that wait for labels; false: all but that. */
  readonly quality: boolean;
}

/** Of some values at most so many, evenly spread, the first among them. */
export function spread<Value>(values: readonly Value[], most: number): Value[] {
  if (values.length <= most) return [...values];
  return Array.from({ length: most }, (_, i) => values[Math.floor((i * values.length) / most)]);
}

/** Those of some panes that are needed, by ascending start. */
export function panesNeeded(rows: readonly PaneRow[], { stream, segment, from, to, most }: NeededPanes): PaneRow[] {
  const [ofStream, ofSegment] = [streamId(stream), segment === undefined ? null : segmentId(segment)];
  const found = rows
    .filter(({ pane }) => pane.start >= from && pane.start < to && streamId(pane.stream) === ofStream)
    .filter(({ pane }) => ofSegment === null || segmentId(pane.segment) === ofSegment)
    .sort((a, b) => a.pane.start - b.pane.start);
  if (most === undefined) return found;
  const starts = new Set(spread([...new Set(found.map(({ pane }) => pane.start))], most));
  return found.filter(({ pane }) => starts.has(pane.start));
}
