import { ColumnSketch, sameLayout } from '@tidemark/sketches';
import type { Segment } from '../model/stream.js';

/** One column of a window laid beside the baseline's, both in the same bins. */
export interface Comparison {
  readonly segment: Segment;
  /** Events of the window in the segment, and of the baseline in it. */
  readonly events: number;
  readonly baselineEvents: number;
  readonly window: ColumnSketch;
  /** The baseline's column of all events. */
  readonly baseline: ColumnSketch;
  /** The baseline's counts in its bins, of the segment. */
  readonly baselineBins: Float64Array;
}

/**
 * A window's sketch in the bins of the baseline's column. One that was counted in other bins, or none, as before the
 * sketchers had heard of a new baseline, is put into them as well as its digest allows.
 */
export function inBinsOf(baseline: ColumnSketch, window: ColumnSketch | undefined): ColumnSketch {
  if (window !== undefined && window.kind === baseline.kind && sameLayout(window.layout, baseline.layout))
    return window;
  const binned = ColumnSketch.empty(baseline.name, baseline.kind, baseline.layout);
  if (window !== undefined) binned.merge(window);
  return binned;
}
