import type { FeatureValue, InferenceEvent } from '@tidemark/contracts';
import type { Rig } from './rig.js';

/** The monitor's pane, in milliseconds. */
export const PANE = 10_000;

/** Events of a pane of all events: as the stream says, and as the store has them. */
export interface PaneCount {
  readonly expected: number;
  readonly found: number;
  readonly lateParts: number;
}

export const STREAM = 'model, version, role, segment_dimension AS dimension, segment_value AS segment';
export const ALL = "version != 'end'";

export interface StreamKey {
  readonly model: string;
  readonly version: string;
  readonly role: string;
  readonly dimension: string;
  readonly segment: string;
}

export const keyOf = ({ model, version, role, dimension, segment }: StreamKey, ...more: (string | number)[]): string =>
  [model, version, role, dimension, segment, ...more].join(' ');

/** The streams and segments that an event is counted in. */
export function* placesOf(event: InferenceEvent): Generator<StreamKey> {
  const { model, version, role = 'champion', segments = {} } = event;
  yield { model, version, role, dimension: '', segment: '' };
  const { country } = segments;
  if (country !== undefined) yield { model, version, role, dimension: 'country', segment: country };
}

export const paneOf = (event: InferenceEvent) => Math.floor((event.eventTime as number) / PANE) * PANE;

/** Counts the events of every pane. @returns the panes of all events; those of segments that differ are discrepancies. */
export async function auditPanes(rig: Rig, events: readonly InferenceEvent[], discrepancies: string[]) {
  const expected = new Map<string, number>();
  for (const event of events) {
    for (const place of placesOf(event)) {
      const key = keyOf(place, paneOf(event));
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
  }
  const rows = await rig.front.query<StreamKey & { pane: number; events: number; late: number }>(
    `SELECT ${STREAM}, toUnixTimestamp64Milli(pane_start) AS pane, sum(events) AS events, countIf(part != 'pane') AS late
     FROM tidemark.panes WHERE ${ALL} GROUP BY ALL`,
  );
  const found = new Map(rows.map((row) => [keyOf(row, row.pane), row]));
  const panes: PaneCount[] = [];
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const row = found.get(key);
    const pane = { expected: expected.get(key) ?? 0, found: row?.events ?? 0, lateParts: row?.late ?? 0 };
    const segmented = key.includes(' country ');
    if (!segmented) panes.push(pane);
    if (pane.expected !== pane.found) discrepancies.push(`pane ${key}: ${pane.found} events of ${pane.expected}`);
  }
  return panes;
}

/**
 * Cells of a column of a pane, of whatever kind, and the sum of its numbers. Nulls are apart: those of a column of which nobody has
 * yet seen a value count as absent, which is the same rate.
 */
interface Cells {
  count: number;
  nulls: number;
  sum: number;
}

/** Columns whose sum tells whether an event was counted in another's place. */
const SUMMED = new Set(['serial', 'age', 'prediction.score']);

export async function auditCells(rig: Rig, events: readonly InferenceEvent[], discrepancies: string[]) {
  const expected = new Map<string, Cells>();
  for (const event of events) {
    const cells = [...cellsOf(event)];
    for (const place of placesOf(event)) {
      for (const [column, value] of cells) {
        const key = keyOf(place, paneOf(event), column);
        const known = expected.get(key) ?? { count: 0, nulls: 0, sum: 0 };
        if (value === null) known.nulls++;
        else known.count++;
        if (typeof value === 'number') known.sum += value;
        expected.set(key, known);
      }
    }
  }
  const rows = await rig.front.query<StreamKey & Cells & { pane: number; column: string }>(
    `SELECT ${STREAM}, toUnixTimestamp64Milli(pane_start) AS pane, column,
       sum(values + nans + positive_infinities + negative_infinities + type_errors) AS count,
       sum(nulls) AS nulls, sum(ifNull(mean, 0) * values) AS sum
     FROM tidemark.pane_columns WHERE ${ALL} GROUP BY ALL`,
  );
  const found = new Map(rows.map((row) => [keyOf(row, row.pane, row.column), row]));
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const column = key.slice(key.lastIndexOf(' ') + 1);
    const wanted = expected.get(key) ?? { count: 0, nulls: 0, sum: 0 };
    const row = found.get(key) ?? { count: 0, nulls: 0, sum: 0 };
    if (row.count !== wanted.count) discrepancies.push(`column ${key}: ${row.count} cells of ${wanted.count}`);
    else if (row.nulls > wanted.nulls) discrepancies.push(`column ${key}: ${row.nulls} nulls of ${wanted.nulls}`);
    else if (SUMMED.has(column) && Math.abs(row.sum - wanted.sum) > 1e-6 * Math.max(1, Math.abs(wanted.sum))) {
      discrepancies.push(`column ${key}: the sum ${row.sum} in the place of ${wanted.sum}`);
    }
  }
}

function* cellsOf({ features = {}, prediction = {} }: InferenceEvent): Generator<[string, FeatureValue]> {
  yield* Object.entries(features);
  if (typeof prediction.score === 'number') yield ['prediction.score', prediction.score];
  if (typeof prediction.class === 'string') yield ['prediction.class', prediction.class];
}

/**
 * Every window that has a pane closed in time has a row, and counts what its panes held when it closed: at least the parts that
 * came in time, at most all of them. @returns how many were looked at.
 */
export async function auditWindows(rig: Rig, events: readonly InferenceEvent[], discrepancies: string[]) {
  const windows = await rig.front.query<StreamKey & { size: number; start: number; events: number }>(
    `SELECT ${STREAM}, window_size_ms AS size, toUnixTimestamp64Milli(window_start) AS start, events
     FROM tidemark.windows WHERE ${ALL} AND column = ''`,
  );
  const panes = await rig.front.query<StreamKey & { pane: number; total: number; intime: number }>(
    `SELECT ${STREAM}, toUnixTimestamp64Milli(pane_start) AS pane, sum(events) AS total, sumIf(events, part = 'pane') AS intime
     FROM tidemark.panes WHERE ${ALL} GROUP BY ALL`,
  );
  const bounds = new Map<string, { least: number; most: number }>();
  for (const pane of panes) {
    for (const size of [30_000, 120_000]) {
      const key = keyOf(pane, size, Math.floor(pane.pane / size) * size);
      const bound = bounds.get(key) ?? { least: 0, most: 0 };
      bound.least += pane.intime;
      bound.most += pane.total;
      bounds.set(key, bound);
    }
  }
  const rows = new Map(windows.map((window) => [keyOf(window, window.size, window.start), window.events]));
  for (const [key, { least, most }] of bounds) {
    const counted = rows.get(key) ?? 0;
    if (counted < least || counted > most) {
      discrepancies.push(`window ${key}: ${counted} events, its panes have ${least} to ${most}`);
    }
  }
  if (events.length > 0 && windows.length === 0) discrepancies.push('there is no window at all');
  return windows.length;
}
