import {
  FIRST_BIN,
  type Baseline,
  type QualityReference,
  type ReferenceSegment,
  type ReferenceWindow,
  type BaselineWindows,
  type DependenceWindows,
  type EmbeddingWindow,
  type EmbeddingWindows,
  type Segment,
  type WindowCounts,
} from '@tidemark/monitoring';
import { MOMENT_COLUMNS, momentsOf, storedMoments, type StoredMoments } from './moment-columns.js';
import { encodeQuality } from '@tidemark/sketches';
import { qualityOf } from './pane-quality.js';
import { SKETCH_COLUMNS, sketchOf, storedSketch, wellFormed, type StoredSketch } from './sketch-columns.js';
import type { Store } from './store.js';
import type { InsertRow } from './insert-row.js';
import { toTimestamp } from './timestamps.js';
import { storedEmbeddings, EMBEDDING_COLUMNS, embeddingsOf, type StoredEmbeddings } from './embedding-columns.js';

/**
 * Writes a baseline, its columns first: one that is there is there with its columns. Written again, it replaces itself.
 *
 * @throws StoreError; when it does, repeat the whole.
 */
export async function writeBaseline(store: Store, baseline: Baseline): Promise<void> {
  const columns = baseline.columns.map((column, position) => ({
    baseline_id: baseline.id,
    position,
    ...storedSketch(column),
  }));
  await store.insert('baseline_columns_raw', columns);
  const { windows, quality, kept } = baseline;
  if (windows !== null) await store.insert('baseline_windows_raw', rowsOfWindows(baseline, windows));
  const joint = windows?.joint?.windows ?? [];
  await store.insert(
    'baseline_joint_raw',
    joint.map(({ start, moments }) => ({
      baseline_id: baseline.id,
      window_start: toTimestamp(start),
      ...storedMoments(moments),
    })),
  );
  const vectors = windows?.vectors ?? [];
  await store.insert(
    'baseline_vectors_raw',
    vectors.flatMap(({ windows: each }) =>
      each.map(({ start, sketch }) => ({
        baseline_id: baseline.id,
        window_start: toTimestamp(start),
        ...storedEmbeddings(sketch),
      })),
    ),
  );
  await store.insert('baselines_raw', [
    {
      model: wellFormed(baseline.model),
      version: wellFormed(baseline.version),
      baseline_id: baseline.id,
      created_at: toTimestamp(baseline.createdAt),
      source: wellFormed(baseline.source),
      rows: baseline.rows,
      period_start: baseline.periodStart === null ? null : toTimestamp(baseline.periodStart),
      period_end: baseline.periodEnd === null ? null : toTimestamp(baseline.periodEnd),
      window_size_ms: windows?.size ?? null,
      quality: quality === null ? '' : Buffer.from(encodeQuality(quality.sketch)).toString('base64'),
      quality_windows: quality === null ? '' : JSON.stringify(quality.windows),
      bins_baseline_id: kept?.baselineId ?? '',
      kept_bins: kept === null ? '' : JSON.stringify(kept.counts.map((counts) => [...counts])),
      quality_segments: quality === null ? '' : JSON.stringify(quality.segments),
    },
  ]);
}

interface StoredBaseline {
  readonly model: string;
  readonly version: string;
  readonly baseline_id: string;
  readonly created: number;
  readonly source: string;
  readonly rows: number;
  readonly start: number | null;
  readonly end: number | null;
  readonly window_size_ms: number | null;
  readonly quality: string;
  readonly quality_windows: string;
  readonly bins_baseline_id: string;
  readonly kept_bins: string;
  readonly quality_segments: string;
}

interface StoredWindow {
  readonly dimension: string;
  readonly value: string;
  readonly start: number;
  readonly events: number;
  readonly faults: readonly number[];
  readonly bins: readonly number[];
}

/** The order of the tables' columns is that of the counts. */
const FAULT_COLUMNS = 'nulls, nans, infinities, type_errors, out_of_range';

function rowsOfWindows(baseline: Baseline, { size, segments }: BaselineWindows): InsertRow[] {
  return segments.flatMap(({ segment, windows }) =>
    windows.flatMap(({ start, events, columns }) =>
      columns.map((counts, position) => {
        const [nulls, nans, infinities, typeErrors, outOfRange] = counts;
        return {
          baseline_id: baseline.id,
          segment_dimension: wellFormed(segment.dimension),
          segment_value: wellFormed(segment.value),
          window_start: toTimestamp(start),
          window_size_ms: size,
          events,
          column: wellFormed(baseline.columns[position].name),
          position,
          ...{ nulls, nans, infinities, type_errors: typeErrors, out_of_range: outOfRange },
          bins: [...counts.subarray(FIRST_BIN)],
        };
      }),
    ),
  );
}

async function readWindows(store: Store, id: string, size: number): Promise<BaselineWindows> {
  const rows = await store.query<StoredWindow>(
    `SELECT segment_dimension AS dimension, segment_value AS value, toUnixTimestamp64Milli(window_start) AS start,
     events, [${FAULT_COLUMNS}] AS faults, bins FROM ${store.database}.baseline_windows WHERE baseline_id = {id:String}
     ORDER BY segment_dimension, segment_value, window_start, position`,
    { id },
  );
  const segments: { segment: Segment; windows: (WindowCounts & { columns: Float64Array[] })[] }[] = [];
  for (const { dimension, value, start, events, faults, bins } of rows) {
    let last = segments.at(-1);
    if (last?.segment.dimension !== dimension || last.segment.value !== value) {
      last = { segment: { dimension, value }, windows: [] };
      segments.push(last);
    }
    let window = last.windows.at(-1);
    if (window?.start !== start) last.windows.push((window = { start, events, columns: [] }));
    window.columns.push(Float64Array.of(...faults, ...bins));
  }
  return { size, segments, joint: await readDependence(store, id), vectors: await readEmbeddings(store, id) };
}

async function readDependence(store: Store, id: string): Promise<DependenceWindows | null> {
  const rows = await store.query<StoredMoments & { readonly start: number }>(
    `SELECT toUnixTimestamp64Milli(window_start) AS start, ${MOMENT_COLUMNS} FROM ${store.database}.baseline_joint
     WHERE baseline_id = {id:String} ORDER BY window_start`,
    { id },
  );
  if (rows.length === 0) return null;
  const windows = rows.map((row) => ({ start: row.start, events: row.events, moments: momentsOf(row) }));
  return { columns: rows[0].columns, windows };
}

async function readEmbeddings(store: Store, id: string): Promise<EmbeddingWindows[]> {
  const rows = await store.query<StoredEmbeddings & { readonly start: number }>(
    `SELECT toUnixTimestamp64Milli(window_start) AS start, ${EMBEDDING_COLUMNS} FROM ${store.database}.baseline_vectors
     WHERE baseline_id = {id:String} ORDER BY column, window_start`,
    { id },
  );
  const columns: { readonly name: string; readonly windows: EmbeddingWindow[] }[] = [];
  for (const row of rows) {
    if (columns.at(-1)?.name !== row.column) columns.push({ name: row.column, windows: [] });
    columns[columns.length - 1].windows.push({ start: row.start, events: row.vectors, sketch: embeddingsOf(row) });
  }
  return columns;
}

/** The baseline in force for a version: the newest of its own, else the newest for every version; null where there is none. */
export async function readBaseline(store: Store, model: string, version: string): Promise<Baseline | null> {
  const [row] = await store.query<StoredBaseline>(
    `SELECT model, version, baseline_id, toUnixTimestamp64Milli(created_at) AS created, source, rows,
     toUnixTimestamp64Milli(period_start) AS start, toUnixTimestamp64Milli(period_end) AS end,
     window_size_ms, quality, quality_windows, quality_segments, bins_baseline_id, kept_bins FROM ${store.database}.baselines WHERE model = {model:String} AND version IN ({version:String}, '*')
     ORDER BY version = {version:String} DESC, created_at DESC, baseline_id DESC LIMIT 1`,
    { model: wellFormed(model), version: wellFormed(version) },
  );
  if (row === undefined) return null;
  const columns = await store.query<StoredSketch>(
    `SELECT ${SKETCH_COLUMNS} FROM ${store.database}.baseline_columns WHERE baseline_id = {id:String} ORDER BY position`,
    { id: row.baseline_id },
  );
  return {
    id: row.baseline_id,
    model: row.model,
    version: row.version,
    createdAt: row.created,
    source: row.source,
    rows: row.rows,
    periodStart: row.start,
    periodEnd: row.end,
    columns: columns.map(sketchOf),
    quality: referenceOf(row),
    windows: row.window_size_ms === null ? null : await readWindows(store, row.baseline_id, row.window_size_ms),
    kept:
      row.kept_bins === ''
        ? null
        : {
            baselineId: row.bins_baseline_id,
            counts: (JSON.parse(row.kept_bins) as number[][]).map((counts) => Float64Array.from(counts)),
          },
  };
}

/** What was written before other metrics and segments were judged has none of them. */
function referenceOf(row: StoredBaseline): QualityReference | null {
  if (row.quality === '') return null;
  const windows = JSON.parse(row.quality_windows) as (Omit<ReferenceWindow, 'metrics'> & Partial<ReferenceWindow>)[];
  const { quality_segments: segments } = row;
  return {
    sketch: qualityOf(row.quality, `the baseline ${row.baseline_id}`),
    windows: windows.map((window) => ({ ...window, metrics: window.metrics ?? [] })),
    segments: segments === '' ? [] : (JSON.parse(segments) as ReferenceSegment[]),
  };
}
