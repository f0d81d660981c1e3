import type { Aggregate } from '../summaries/aggregate.js';
import type { Baseline } from '../model/baseline.js';
import { inBinsOf } from '../summaries/comparison.js';
import { distancesBetween, faultRatesOf, NO_DISTANCES } from './distances.js';
import type { WindowRow } from './rows.js';
import type { Segment, Stream } from '../model/stream.js';
import type { Severity } from '../model/severity.js';

/** What identifies a segment of a window, and what it is held against. */
export interface WindowIdentity {
  readonly stream: Stream;
  readonly segment: Segment;
  /** Milliseconds since the epoch, and milliseconds. */
  readonly windowStart: number;
  readonly windowSize: number;
  readonly baseline: Baseline | null;
}

/**
 * The rows of one segment of a window: one for the stream itself, one for each column of the baseline, and one, without
 * distances, for each column that the baseline does not have.
 *
 * @param severityOf what the window showed of a column; null: nothing.
 */
export function windowRows(
  { stream, segment, windowStart, windowSize, baseline }: WindowIdentity,
  aggregate: Aggregate,
  severityOf: (column: string) => Severity | null,
): WindowRow[] {
  const known = new Map(baseline?.columns.map((column) => [column.name, column]));
  const common = {
    stream,
    segment,
    windowSize,
    windowStart,
    events: aggregate.events,
    eventsPerSecond: aggregate.events / (windowSize / 1000),
    baselineId: baseline?.id ?? null,
  };
  const rowOf = (name: string): WindowRow => {
    const column = known.get(name);
    const sketch = column === undefined ? aggregate.column(name)! : inBinsOf(column, aggregate.column(name));
    const numeric = sketch.digest !== null && sketch.values > 0;
    return {
      ...common,
      column: name,
      values: sketch.values,
      mean: numeric ? sketch.moments.mean : null,
      standardDeviation: numeric && sketch.values > 1 ? sketch.moments.standardDeviation : null,
      distances: column === undefined ? NO_DISTANCES : distancesBetween(sketch, column),
      faultRates: faultRatesOf(sketch, aggregate.events),
      severity: severityOf(name),
    };
  };
  const names = new Set([...known.keys(), ...[...aggregate.columns].map((column) => column.name)]);
  return [streamRow(common, severityOf('')), ...[...names].map(rowOf)];
}

type CommonFields = Pick<
  WindowRow,
  'stream' | 'segment' | 'windowSize' | 'windowStart' | 'events' | 'eventsPerSecond' | 'baselineId'
>;

function streamRow(common: CommonFields, severity: Severity | null): WindowRow {
  return {
    ...common,
    column: '',
    values: common.events,
    mean: null,
    standardDeviation: null,
    distances: NO_DISTANCES,
    faultRates: {
      nullRate: null,
      nanRate: null,
      infinityRate: null,
      typeErrorRate: null,
      unseenRate: null,
      outOfRangeRate: null,
    },
    severity,
  };
}
