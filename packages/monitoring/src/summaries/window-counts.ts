import { binCount, type ColumnSketch } from '@tidemark/sketches';
import type { Aggregate } from './aggregate.js';
import { inBinsOf } from './comparison.js';
import type { FaultMetric } from './fault-rates.js';
import type { WindowCounts } from '../model/baseline-windows.js';

/** The faults that are counted, in the order of their counts. Unseen categories are the last bin of their column. */
export const COUNTED_FAULTS = [
  'null-rate',
  'nan-rate',
  'infinity-rate',
  'type-error-rate',
  'out-of-range-rate',
] as const satisfies readonly FaultMetric[];

/** Where the counts of a column's bins begin. */
export const FIRST_BIN = COUNTED_FAULTS.length;

/** The counts of what a window holds, in the baseline's bins. Counts that were estimated are rounded. */
export function windowCounts(start: number, aggregate: Aggregate, baseline: readonly ColumnSketch[]): WindowCounts {
  const columns = baseline.map((column) => countsOf(inBinsOf(column, aggregate.column(column.name)), aggregate.events));
  return { start, events: aggregate.events, columns };
}

/** @param events how many events the sketch stands for; those that lack the column count as nulls. */
export function countsOf(sketch: ColumnSketch, events: number): Float64Array {
  const bins = sketch.bins ?? new Float64Array(0);
  const counts = new Float64Array(FIRST_BIN + bins.length);
  const infinities = sketch.positiveInfinity + sketch.negativeInfinity;
  counts[0] = Math.max(0, events - sketch.values - sketch.nan - infinities - sketch.typeErrors);
  counts[1] = sketch.nan;
  counts[2] = infinities;
  counts[3] = sketch.typeErrors;
  counts[4] = Math.round(sketch.outOfRange);
  for (let bin = 0; bin < bins.length; bin++) counts[FIRST_BIN + bin] = Math.round(bins[bin]);
  return counts;
}

/** How many counts a column has. */
export function countWidth(column: Pick<ColumnSketch, 'layout'>): number {
  return FIRST_BIN + (column.layout === null ? 0 : binCount(column.layout));
}

/** Valid values among a column's counts: those in its bins. */
export function valuesIn(counts: Float64Array): number {
  let sum = 0;
  for (let at = FIRST_BIN; at < counts.length; at++) sum += counts[at];
  return sum;
}

/** The sum of counts of the same columns; it starts where the first starts. */
export function sumOfCounts(parts: readonly WindowCounts[]): WindowCounts {
  const [first, ...rest] = parts;
  const columns = first.columns.map((counts) => counts.slice());
  for (const part of rest) {
    part.columns.forEach((counts, column) => {
      const sum = columns[column];
      for (let i = 0; i < sum.length; i++) sum[i] += counts[i];
    });
  }
  return { start: first.start, events: parts.reduce((sum, { events }) => sum + events, 0), columns };
}
