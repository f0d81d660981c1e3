import type { CoMoments } from '@tidemark/sketches';

/** A pair that so much fewer events have than usual says nothing: its correlation has another error, and may be that of other events. */
const LEAST_OF_USUAL = 0.5;
/** Fisher's transform grows without end towards ±1. */
const MOST_CORRELATION = 0.9995;

/** What the decisions on joint drift keep of one window. */
export interface DependenceCounts {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly events: number;
  /**
   * Fisher's transform of the correlation of each pair (i, j < i), row by row; NaN where a column did not vary, or few events had both. In single
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

/** @param usual of each pair, the share of events that usually have both; null: not known. */
export function dependenceCounts(
  start: number,
  moments: CoMoments,
  usual: Float64Array | null = null,
): DependenceCounts {
  const columns = moments.columns.length;
  const pairs = new Float32Array(pairCount(columns));
  for (let i = 1; i < columns; i++) {
    for (let j = 0; j < i; j++) {
      const place = pairPlace(i, j);
      const few = usual !== null && moments.both(i, j) < LEAST_OF_USUAL * usual[place] * moments.events;
      pairs[place] = few ? NaN : fisher(moments.correlation(i, j));
    }
  }
  return { start, events: moments.events, pairs };
}
