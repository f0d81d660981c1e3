import type { Segment, Stream } from './stream.js';

/** A pane: the smallest tumbling interval kept, of one segment of one stream. Starts at a multiple of its size since the epoch. */
export interface Pane {
  readonly stream: Stream;
  readonly segment: Segment;
  /** Milliseconds since the epoch, inclusive. */
  readonly start: number;
  /** Milliseconds. */
  readonly size: number;
}
