import type { FeatureValue, InferenceEvent } from '@tidemark/contracts';
import type { ReadEvent } from './audit.js';
import { ALL, keyOf, STREAM, type Places, type StreamKey } from './audit-places.js';
import type { Discrepancies } from './discrepancies.js';
import { POISON, POISON_COLUMN } from './poison.js';
import type { Rig } from './rig.js';

/** Events of a pane of all events: as the stream says, and as the store has them. */
export interface PaneCount {
  readonly expected: number;
  readonly found: number;
  readonly lateParts: number;
}

interface Expected {
  readonly dimension: string;
  events: number;
  inPart: boolean;
  /** Whether one of its events may have come late. */
  late: boolean;
}

/** Counts the events of every pane. @returns the panes of all events; all that differ, segments' too, are discrepancies. */
export async function auditPanes(rig: Rig, events: readonly ReadEvent[], places: Places, discrepancies: Discrepancies) {
  const expected = new Map<string, Expected>();
  for (const { event, late } of events) {
    for (const place of places.of(event)) {
      const key = keyOf(place, place.time);
      const known = expected.get(key) ?? {
        ...{ dimension: place.dimension, events: 0, inPart: place.inPart, late: false },
      };
      known.events++;
      known.late ||= late;
      expected.set(key, known);
    }
  }
  const rows = await rig.front.query<StreamKey & { pane: number; events: number; late: number }>(
    `SELECT ${STREAM}, toUnixTimestamp64Milli(pane_start) AS pane, sum(events) AS events, countIf(part != 'pane') AS late
     FROM tidemark.panes WHERE ${ALL} GROUP BY ALL`,
  );
  const found = new Map<string, { dimension: string; events: number; late: number }>();
  for (const row of rows) {
    const key = keyOf(row, places.timeOf(row.model, row.pane));
    const known = found.get(key) ?? { dimension: row.dimension, events: 0, late: 0 };
    known.events += row.events;
    known.late += row.late;
    found.set(key, known);
  }
  const panes: PaneCount[] = [];
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const { events: wanted = 0, inPart = false, late = false } = expected.get(key) ?? {};
    const { events: counted = 0, late: lateParts = 0 } = found.get(key) ?? {};
    const dimension = expected.get(key)?.dimension ?? found.get(key)?.dimension;
    if (dimension === '') panes.push({ expected: wanted, found: counted, lateParts });
    if (inPart ? counted > wanted : counted !== wanted) {
      discrepancies.add('pane', `${key}: ${counted} events of ${wanted}`);
    }
    if (lateParts > 0 && !late)
      discrepancies.add('late part', `${key}: ${lateParts}, though none of its events was late`);
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
const NO_CELLS = { count: 0, nulls: 0, sum: 0, inPart: false };

export async function auditCells(
  rig: Rig,
  events: readonly InferenceEvent[],
  places: Places,
  discrepancies: Discrepancies,
) {
  const expected = new Map<string, Cells & { inPart: boolean }>();
  for (const event of events) {
    const cells = [...cellsOf(event)];
    for (const place of places.of(event)) {
      for (const [column, value] of cells) {
        const key = keyOf(place, place.time, column);
        const known = expected.get(key) ?? { ...NO_CELLS, inPart: place.inPart };
        if (value === null) known.nulls++;
        else known.count++;
        if (typeof value === 'number') known.sum += value;
        expected.set(key, known);
      }
    }
  }
  // Of the poisoned model's columns, most are beyond the limits; which of them have a place is the services' choice.
  const rows = await rig.front.query<StreamKey & Cells & { pane: number; column: string }>(
    `SELECT ${STREAM}, toUnixTimestamp64Milli(pane_start) AS pane, column,
       sum(values + nans + positive_infinities + negative_infinities + type_errors) AS count,
       sum(nulls) AS nulls, sum(ifNull(mean, 0) * values) AS sum
     FROM tidemark.pane_columns WHERE ${ALL} AND (model != '${POISON}' OR column = '${POISON_COLUMN}') GROUP BY ALL`,
  );
  const found = new Map<string, Cells>();
  for (const row of rows) {
    const key = keyOf(row, places.timeOf(row.model, row.pane), row.column);
    const known = found.get(key) ?? { count: 0, nulls: 0, sum: 0 };
    known.count += row.count;
    known.nulls += row.nulls;
    known.sum += row.sum;
    found.set(key, known);
  }
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const column = key.slice(key.lastIndexOf(' ') + 1);
    const wanted = expected.get(key) ?? NO_CELLS;
    const row = found.get(key) ?? NO_CELLS;
    if (wanted.inPart ? row.count > wanted.count : row.count !== wanted.count) {
      discrepancies.add('cells', `${key}: ${row.count} of ${wanted.count}`);
    } else if (row.nulls > wanted.nulls) discrepancies.add('cells', `${key}: ${row.nulls} nulls of ${wanted.nulls}`);
    else if (SUMMED.has(column) && !wanted.inPart && !isSum(row.sum, wanted.sum)) {
      discrepancies.add('cells', `${key}: the sum ${row.sum} in the place of ${wanted.sum}`);
    }
  }
}

function isSum(found: number, wanted: number): boolean {
  return Math.abs(found - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted));
}

function* cellsOf({ model, features = {}, prediction = {} }: InferenceEvent): Generator<[string, FeatureValue]> {
  if (model === POISON) yield [POISON_COLUMN, features[POISON_COLUMN]];
  else yield* Object.entries(features);
  if (typeof prediction.score === 'number') yield ['prediction.score', prediction.score];
  if (typeof prediction.class === 'string') yield ['prediction.class', prediction.class];
}

/**
 * Every window that has a pane closed in time has a row, and counts what its panes held when it closed: at least the parts that
 * came in time, at most all of them. @returns how many were looked at.
 */
export async function auditWindows(
  rig: Rig,
  events: readonly InferenceEvent[],
  places: Places,
  discrepancies: Discrepancies,
) {
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
      // A window that begins or ends with the watching of its dimension may have none of them.
      if (!places.isInPart(pane)) bound.least += pane.intime;
      bound.most += pane.total;
      bounds.set(key, bound);
    }
  }
  const rows = new Map(windows.map((window) => [keyOf(window, window.size, window.start), window.events]));
  for (const [key, { least, most }] of bounds) {
    const counted = rows.get(key) ?? 0;
    if (counted < least || counted > most) {
      discrepancies.add('window', `${key}: ${counted} events, its panes have ${least} to ${most}`);
    }
  }
  if (events.length > 0 && windows.length === 0) discrepancies.add('window', 'there is none at all');
  return windows.length;
}
