import { ColumnSketch, sameLayout } from '@tidemark/sketches';
import type { Aggregate } from './aggregate.js';
import type { Baseline } from './baseline.js';
import { hypothesesOf, type Hypothesis } from './findings.js';
import type { Segment } from './stream.js';

/** One column of a window laid beside the baseline's, both in the same bins. */
export interface Comparison {
  readonly segment: Segment;
  /** Events of the window in the segment. */
  readonly events: number;
  readonly window: ColumnSketch;
  readonly baseline: ColumnSketch;
  readonly hypotheses: readonly Hypothesis[];
}

/** Lays every column of the baseline beside what the window holds of it; a column that stopped coming is compared as empty. */
export function compareColumns(segment: Segment, aggregate: Aggregate, baseline: Baseline): Comparison[] {
  return baseline.columns.map((column) => {
    const window = inBinsOf(column, aggregate.column(column.name));
    const hypotheses = hypothesesOf(window, aggregate.events, column, baseline.rows);
    return { segment, events: aggregate.events, window, baseline: column, hypotheses };
  });
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
