import type { Baseline } from '@tidemark/monitoring';
import { SKETCH_COLUMNS, sketchOf, storedSketch, wellFormed, type StoredSketch } from './sketch-columns.js';
import type { Store } from './store.js';
import { toTimestamp } from './timestamps.js';

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
}

/** The baseline in force for a version: the newest of its own, else the newest for every version; null where there is none. */
export async function readBaseline(store: Store, model: string, version: string): Promise<Baseline | null> {
  const [row] = await store.query<StoredBaseline>(
    `SELECT model, version, baseline_id, toUnixTimestamp64Milli(created_at) AS created, source, rows,
     toUnixTimestamp64Milli(period_start) AS start, toUnixTimestamp64Milli(period_end) AS end
     FROM ${store.database}.baselines WHERE model = {model:String} AND version IN ({version:String}, '*')
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
  };
}
