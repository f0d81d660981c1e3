import type { CoMoments } from '@tidemark/sketches';

/** Fisher's transform grows without end towards ±1. */
const MOST_CORRELATION = 0.9995;

/** What the decisions on joint drift keep of one window. */
export interface JointCounts {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly events: number;
  /**
   * Fisher's transform of the correlation of each pair (i, j < i), row by row; NaN where a column did not vary. In single
   * precision, so that what is read back after a restart is what was.
   */
  readonly pairs: Float32Array;
}

/** How many pairs of different columns there are. */
export function pairCount(columns: number): number {
  return (columns * (columns - 1)) / 2;
}

/** Where the pair (i, j < i) stands. */
export function pairPlace(i: number, j: number): number {
  return pairCount(i) + j;
}

/** Whose variance does not depend on the correlation: 1/(n − 3) for normal variables (Fisher, Metron 1921). */
export function fisher(correlation: number): number {
  return Math.atanh(Math.max(-MOST_CORRELATION, Math.min(MOST_CORRELATION, correlation)));
}

export function jointCounts(start: number, moments: CoMoments): JointCounts {
  const columns = moments.columns.length;
  const pairs = new Float32Array(pairCount(columns));
  for (let i = 1; i < columns; i++) {
    for (let j = 0; j < i; j++) pairs[pairPlace(i, j)] = fisher(moments.correlation(i, j));
  }
  return { start, events: moments.events, pairs };
}
