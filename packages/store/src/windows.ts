import type { Distances, FaultRates, Severity, WindowRow } from '@tidemark/monitoring';
import { fromJsonNumber, toJsonNumber, type JsonNumber } from './json-number.js';
import { wellFormed } from './sketch-columns.js';
import {
  conditionOf,
  segmentOf,
  streamColumns,
  streamOf,
  type RowFilter,
  type StreamColumns,
} from './stream-columns.js';
import type { Store } from './store.js';
import type { InsertRow } from './insert-row.js';
import { toTimestamp } from './timestamps.js';

const DISTANCES: Readonly<Record<keyof Distances, string>> = {
  psi: 'psi',
  psiDebiased: 'psi_debiased',
  jensenShannonDistance: 'js_distance',
  hellinger: 'hellinger',
  totalVariation: 'total_variation',
  chiSquare: 'chi_square',
  chiSquareP: 'chi_square_p',
  ks: 'ks',
  ksP: 'ks_p',
  ksError: 'ks_error',
  wasserstein: 'wasserstein',
  wassersteinBySd: 'wasserstein_by_sd',
};

const FAULT_RATES: Readonly<Record<keyof FaultRates, string>> = {
  nullRate: 'null_rate',
  nanRate: 'nan_rate',
  infinityRate: 'infinity_rate',
  typeErrorRate: 'type_error_rate',
  unseenRate: 'unseen_rate',
  outOfRangeRate: 'out_of_range_rate',
};

/** Writes windows; one written again replaces itself. @throws StoreError; when it does, repeat the whole. */
export async function writeWindows(store: Store, rows: Iterable<WindowRow>): Promise<void> {
  await store.insert('windows_raw', Array.from(rows, insertRow));
}

function insertRow(row: WindowRow): InsertRow {
  return {
    ...streamColumns(row.stream, row.segment),
    column: wellFormed(row.column),
    window_size_ms: row.windowSize,
    window_start: toTimestamp(row.windowStart),
    events: row.events,
    values: row.values,
    events_per_second: toJsonNumber(row.eventsPerSecond),
    mean: toJsonNumber(row.mean),
    standard_deviation: toJsonNumber(row.standardDeviation),
    baseline_id: row.baselineId ?? '',
    ...toColumns(row.distances, DISTANCES),
    ...toColumns(row.faultRates, FAULT_RATES),
    severity: row.severity ?? '',
  };
}

export interface WindowFilter extends RowFilter {
  /** Milliseconds. */
  readonly windowSize?: number;
}

interface StoredWindow extends StreamColumns {
  readonly column: string;
  readonly size: number;
  readonly start: number;
  readonly events: number;
  readonly values: number;
  readonly events_per_second: JsonNumber;
  readonly mean: JsonNumber | null;
  readonly standard_deviation: JsonNumber | null;
  readonly baseline_id: string;
  readonly severity: Severity | '';
}

/** Reads windows by start, stream, segment and column; `from` and `to` are about their starts. @throws StoreError. */
export async function readWindows(store: Store, filter: WindowFilter = {}): Promise<WindowRow[]> {
  const { sql, parameters } = conditionOf(filter, 'window_start');
  const figures = [...Object.values(DISTANCES), ...Object.values(FAULT_RATES)].join(', ');
  const size = filter.windowSize === undefined ? '' : 'AND window_size_ms = {size:UInt64}';
  const rows = await store.query<StoredWindow>(
    `SELECT model, version, role, segment_dimension, segment_value, column, window_size_ms AS size,
     toUnixTimestamp64Milli(window_start) AS start, events, values, events_per_second, mean, standard_deviation,
     baseline_id, severity, ${figures} FROM ${store.database}.windows WHERE ${sql} ${size}
     ORDER BY start, size, model, version, role, segment_dimension, segment_value, column`,
    { ...parameters, ...(filter.windowSize === undefined ? {} : { size: filter.windowSize }) },
  );
  return rows.map((row) => ({
    stream: streamOf(row),
    segment: segmentOf(row),
    column: row.column,
    windowSize: row.size,
    windowStart: row.start,
    events: row.events,
    values: row.values,
    eventsPerSecond: fromJsonNumber(row.events_per_second),
    mean: fromJsonNumber(row.mean),
    standardDeviation: fromJsonNumber(row.standard_deviation),
    baselineId: row.baseline_id === '' ? null : row.baseline_id,
    distances: fromColumns(row, DISTANCES),
    faultRates: fromColumns(row, FAULT_RATES),
    severity: row.severity === '' ? null : row.severity,
  }));
}

function toColumns<Field extends string>(
  figures: Readonly<Record<Field, number | null>>,
  names: Readonly<Record<Field, string>>,
): InsertRow {
  return Object.fromEntries(
    Object.entries<string>(names).map(([field, name]) => [name, toJsonNumber(figures[field as Field])]),
  );
}

function fromColumns<Field extends string>(
  row: object,
  names: Readonly<Record<Field, string>>,
): Record<Field, number | null> {
  const stored = row as Readonly<Record<string, JsonNumber | null>>;
  const figures = Object.entries<string>(names).map(([field, name]) => [field, fromJsonNumber(stored[name])] as const);
  return Object.fromEntries(figures) as Record<Field, number | null>;
}
