import { binCount, type ColumnSketch } from '@tidemark/sketches';

/** The data-quality figures of a column: how many of how many cells are at fault. */
export interface FaultCount {
  readonly metric: FaultMetric;
  readonly faults: number;
  readonly of: number;
}

export type FaultMetric =
  'null-rate' | 'nan-rate' | 'infinity-rate' | 'type-error-rate' | 'unseen-rate' | 'out-of-range-rate';

/**
 * Counts each kind of fault of a column. An event that lacks the column counts as a null. NaN, infinities and type errors are
 * shares of all events; unseen categories and values outside the baseline's range are shares of the valid values, and left
 * out where the column has no bins.
 *
 * @param events how many events the sketch stands for.
 */
export function faultCounts(sketch: ColumnSketch, events: number): FaultCount[] {
  const infinities = sketch.positiveInfinity + sketch.negativeInfinity;
  const present = sketch.values + sketch.nan + infinities + sketch.typeErrors;
  const counts: FaultCount[] = [
    { metric: 'null-rate', faults: Math.max(0, events - present), of: events },
    { metric: 'nan-rate', faults: sketch.nan, of: events },
    { metric: 'infinity-rate', faults: infinities, of: events },
    { metric: 'type-error-rate', faults: sketch.typeErrors, of: events },
  ];
  if (sketch.layout === null || sketch.bins === null) return counts;
  if (sketch.layout.type === 'categorical') {
    counts.push({ metric: 'unseen-rate', faults: sketch.bins[binCount(sketch.layout) - 1], of: sketch.values });
  } else {
    counts.push({ metric: 'out-of-range-rate', faults: sketch.outOfRange, of: sketch.values });
  }
  return counts;
}

/**
 * The share of faults to expect of new values though nothing has changed, beyond what the baseline itself shows: a sample
 * of n leaves about 2/(n+1) of its population outside its range, and (by Good, "The population frequencies of species",
 * Biometrika 1953) as much in categories it never saw as it has categories seen once.
 *
 * @returns a share, 0 to 1; 0 for the other faults.
 */
export function expectedShare(metric: FaultMetric, baseline: ColumnSketch): number {
  if (baseline.values === 0) return 0;
  if (metric === 'out-of-range-rate') return 2 / (baseline.values + 1);
  if (metric !== 'unseen-rate' || baseline.layout?.type !== 'categorical' || baseline.bins === null) return 0;
  let once = 0;
  for (let bin = 0; bin < binCount(baseline.layout) - 1; bin++) if (baseline.bins[bin] === 1) once++;
  return once / baseline.values;
}
