import type { CoMoments, EmbeddingSketch } from '@tidemark/sketches';
import type { Segment } from './stream.js';

/** All that a decision needs of one segment of a window: exact counts, which add up over windows. */
export interface WindowCounts {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly events: number;
  /** For each column of the baseline, in its order: the counts of {@link COUNTED_FAULTS}, then those of its bins. */
  readonly columns: readonly Float64Array[];
}

/** The correlations of columns in one window of a baseline. */
export interface DependenceWindow {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly events: number;
  readonly moments: CoMoments;
}

/** A baseline's windows of all events, in the order of their starts. */
export interface DependenceWindows {
  /** Names of the columns whose scores the moments are of. */
  readonly columns: readonly string[];
  readonly windows: readonly DependenceWindow[];
}

/** The vectors of one column in one window of a baseline. */
export interface EmbeddingWindow {
  /** Milliseconds since the epoch. */
  readonly start: number;
  /** How many vectors. */
  readonly events: number;
  readonly sketch: EmbeddingSketch;
}

/** One column of vectors in a baseline's windows of all events, in the order of their starts. */
export interface EmbeddingWindows {
  readonly name: string;
  readonly windows: readonly EmbeddingWindow[];
}

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
  /** The correlations of columns in them; null where that is not known. */
  readonly joint: DependenceWindows | null;
  /** Columns of vectors in them; none where there are none, or it is not known. */
  readonly vectors: readonly EmbeddingWindows[];
}
