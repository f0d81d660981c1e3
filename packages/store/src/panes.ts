import { spread, type PaneRow, type Stream } from '@tidemark/monitoring';
import { MOMENT_COLUMNS, momentsOf, storedMoments, type StoredMoments } from './moment-columns.js';
import { SKETCH_COLUMNS, sketchOf, storedSketch, type StoredSketch } from './sketch-columns.js';
import { storedQuality } from './pane-quality.js';
import { toTimestamp } from './timestamps.js';
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
import { storedEmbeddings, EMBEDDING_COLUMNS, embeddingsOf, type StoredEmbeddings } from './embedding-columns.js';
import type { PaneSelection } from './pane-selection.js';

/** A wide model's sketches are some 100 KB of JSON a pane: so many at a time bounds what a statement holds. */
const COLUMNS_A_WRITE = 2000;
const QUALITIES_A_WRITE = 1000;
const PANES_A_READ = 200;

/**
 * Writes panes, their columns first: a pane that is there is there with its columns. Written again, a pane replaces itself.
 *
 * @throws StoreError; when it does, repeat the whole.
 */
export async function writePanes(store: Store, rows: Iterable<PaneRow>): Promise<void> {
  let panes: InsertRow[] = [];
  let columns: InsertRow[] = [];
  let joint: InsertRow[] = [];
  let qualities: InsertRow[] = [];
  let vectors: InsertRow[] = [];
  const flush = async (): Promise<void> => {
    await store.insert('pane_columns_raw', columns);
    await store.insert('pane_joint_raw', joint);
    await store.insert('pane_quality_raw', qualities);
    await store.insert('pane_vectors_raw', vectors);
    await store.insert('panes_raw', panes);
    panes = [];
    columns = [];
    joint = [];
    qualities = [];
    vectors = [];
  };
  for (const row of rows) {
    const key = keyColumns(row);
    if (row.quality !== null) qualities.push({ ...key, ...storedQuality(row.quality) });
    // Outcomes alone are no part of the events.
    const common = { ...key, events: row.events, baseline_id: row.baselineId ?? '' };
    if (row.events > 0 || row.columns.length > 0)
      panes.push({
        ...common,
        min_event_time: toTimestamp(row.minEventTime),
        max_event_time: toTimestamp(row.maxEventTime),
      });
    if (row.joint !== null) {
      const { baselineId, moments } = row.joint;
      joint.push({ ...keyOfAllEvents(row), baseline_id: baselineId, ...storedMoments(moments) });
    }
    for (const sketch of row.vectors) vectors.push({ ...keyOfAllEvents(row), ...storedEmbeddings(sketch) });
    for (const column of row.columns) columns.push({ ...common, ...storedSketch(column) });
    if (columns.length >= COLUMNS_A_WRITE || panes.length >= COLUMNS_A_WRITE || qualities.length >= QUALITIES_A_WRITE)
      await flush();
  }
  await flush();
}

/** Of what is kept of all events only: a key without a segment. */
function keyOfAllEvents({ pane, part }: PaneRow): InsertRow {
  const { model, version, role } = streamColumns(pane.stream, pane.segment);
  return { ...{ model, version, role, part }, pane_start: toTimestamp(pane.start), pane_size_ms: pane.size };
}

function keyColumns({ pane, part }: PaneRow): InsertRow {
  return {
    ...streamColumns(pane.stream, pane.segment),
    pane_start: toTimestamp(pane.start),
    pane_size_ms: pane.size,
    part,
  };
}

/**
 * Reads panes by ascending start, a row a part: first what had come when the pane closed, then what came late, in the order of
 * its coming. A few hundred panes at a time: a month of them is never in memory at once. What had been written in the fourteen days before is equal to what was written; older digests have
 * the precision of ClickHouse's own state (24 bits, and no longer `exact`), and all else is as it was. Quality is left out: see
 * readPaneQuality.
 *
 * @throws StoreError.
 */
export async function* readPanes(store: Store, selection: PaneSelection): AsyncGenerator<PaneRow, void, undefined> {
  const { stream, segment, from, to, paneSize, most = Infinity } = selection;
  const filter = { ...stream, ...(segment === undefined ? {} : { segment }) };
  const all = conditionOf({ ...filter, from, to }, 'pane_start');
  const found = await store.query<{ start: number; panes: number }>(
    `SELECT toUnixTimestamp64Milli(pane_start) AS start, count() AS panes FROM ${store.database}.panes
     WHERE ${all.sql} AND pane_size_ms = {size:UInt32} GROUP BY pane_start ORDER BY pane_start`,
    { ...all.parameters, size: paneSize },
  );
  const starts = spread(found, most);
  for (let first = 0; first < starts.length;) {
    let next = first;
    for (let panes = 0; next < starts.length && panes < PANES_A_READ; next++) panes += starts[next].panes;
    const slice = { ...filter, from: starts[first].start, to: starts[next - 1].start + 1 };
    const condition = conditionOf(slice, 'pane_start');
    const some = starts.slice(first, next).map(({ start }) => start);
    yield* await readSlice(store, starts.length === found.length ? condition : amongStarts(condition, some), paneSize);
    first = next;
  }
}

function amongStarts({ sql, parameters }: ReturnType<typeof conditionOf>, starts: readonly number[]) {
  return {
    sql: `${sql} AND toUnixTimestamp64Milli(pane_start) IN {starts:Array(Int64)}`,
    parameters: { ...parameters, starts },
  };
}

/** The streams that have panes in a time, of a model or version where the filter names one; ordered by name. @throws StoreError. */
export async function readStreams(
  store: Store,
  filter: Pick<PaneSelection, 'from' | 'to' | 'paneSize'> & Pick<RowFilter, 'model' | 'version'>,
): Promise<Stream[]> {
  const { paneSize, ...narrowed } = filter;
  const { sql, parameters } = conditionOf(narrowed, 'pane_start');
  return store.query<Stream>(
    `SELECT model, version, role FROM ${store.database}.panes WHERE ${sql} AND pane_size_ms = {size:UInt32}
     GROUP BY model, version, role ORDER BY model, version, role`,
    { ...parameters, size: paneSize },
  );
}

interface PaneColumns extends StreamColumns {
  readonly start: number;
  readonly part: string;
}

type PartKey = Pick<PaneColumns, 'start' | 'segment_dimension' | 'segment_value' | 'part'>;

type EmbeddingRow = StoredEmbeddings & PartKey;

interface DependenceColumns extends StoredMoments, PartKey {
  readonly baseline_id: string;
}

interface StoredPane extends PaneColumns {
  readonly events: number;
  readonly min: number;
  readonly max: number;
  readonly baseline_id: string;
}

const KEY = `model, version, role, segment_dimension, segment_value, toUnixTimestamp64Milli(pane_start) AS start, part`;

async function readSlice(store: Store, condition: ReturnType<typeof conditionOf>, size: number): Promise<PaneRow[]> {
  const where = `WHERE ${condition.sql} AND pane_size_ms = {size:UInt32}`;
  const parameters = { ...condition.parameters, size };
  // Always in one order, so that the same rows merge into the same sketch.
  const order = "ORDER BY start, segment_dimension, segment_value, part != 'pane', length(part), part";
  // Side by side: whoever takes a stream over waits for all of them.
  const readingPanes = store.query<StoredPane>(
    `SELECT ${KEY}, events, baseline_id, toUnixTimestamp64Milli(min_event_time) AS min,
     toUnixTimestamp64Milli(max_event_time) AS max FROM ${store.database}.panes ${where} ${order}`,
    parameters,
  );
  const readingColumns = store.query<PaneColumns & StoredSketch>(
    `SELECT ${KEY}, ${SKETCH_COLUMNS} FROM ${store.database}.pane_columns ${where} ${order}, column`,
    parameters,
  );
  const readingDependence = store.query<DependenceColumns>(
    `SELECT toUnixTimestamp64Milli(pane_start) AS start, part, '' AS segment_dimension, '' AS segment_value, baseline_id,
     ${MOMENT_COLUMNS} FROM ${store.database}.pane_joint ${where}`,
    parameters,
  );
  const readingEmbeddings = store.query<EmbeddingRow>(
    `SELECT toUnixTimestamp64Milli(pane_start) AS start, part, '' AS segment_dimension, '' AS segment_value,
     ${EMBEDDING_COLUMNS} FROM ${store.database}.pane_vectors ${where} ORDER BY column`,
    parameters,
  );
  const [panes, columns, joints, vectors] = await Promise.all([
    readingPanes,
    readingColumns,
    readingDependence,
    readingEmbeddings,
  ]);
  const dependenceOf = new Map(
    joints.map((row) => [partKey(row), { baselineId: row.baseline_id, moments: momentsOf(row) }]),
  );
  const embeddingsAt = groupBy(vectors, partKey);
  const columnsOf = groupBy(columns, partKey);
  return panes.map((row) => ({
    pane: { stream: streamOf(row), segment: segmentOf(row), start: row.start, size },
    part: row.part,
    events: row.events,
    minEventTime: row.min,
    maxEventTime: row.max,
    baselineId: row.baseline_id === '' ? null : row.baseline_id,
    columns: (columnsOf.get(partKey(row)) ?? []).map(sketchOf),
    joint: dependenceOf.get(partKey(row)) ?? null,
    quality: null,
    vectors: (embeddingsAt.get(partKey(row)) ?? []).map(embeddingsOf),
  }));
}

function partKey(row: PartKey): string {
  return JSON.stringify([row.start, row.segment_dimension, row.segment_value, row.part]);
}

function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}
