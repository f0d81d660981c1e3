import type { LabelBatch, LabelOrigin } from '@tidemark/monitoring';
import { originColumns, originOf, type StoredOrigin } from './labels.js';
import { toSeconds } from './prediction-log.js';
import { wellFormed } from './sketch-columns.js';
import type { Store } from './store.js';
import type { InsertRow } from './insert-row.js';

/** A label that came before its prediction, as it came. */
export interface WaitingLabel {
  readonly model: string;
  readonly eventId: string;
  /** Null: any version that has the event. */
  readonly version: string | null;
  readonly offset: number;
  /** Where it came first, if it has waited before. */
  readonly origin?: LabelOrigin;
  readonly record: Buffer;
  /** Milliseconds since the epoch, to the second: from then on it is an orphan. */
  readonly waitsUntil: number;
}

/** A waiting label that was looked at again, and whether its prediction has come. */
export interface RevisitedLabel extends WaitingLabel {
  readonly found: boolean;
}

/** Milliseconds for which it can be seen what became of a label that waited. */
const REMEMBERED = 14 * 86_400_000;

/** Writes labels that wait; one that has been settled stays so. @throws StoreError; when it does, repeat the whole. */
export async function writeWaitingLabels(
  store: Store,
  { source }: Pick<LabelBatch, 'source'>,
  labels: readonly WaitingLabel[],
): Promise<void> {
  const rows = labels.map((label) => ({ ...rowOf(source, label), record_bytes: label.record.toString('base64') }));
  await store.insert(
    'waiting_labels_raw',
    rows.map((row) => ({ ...row, fate: 'waiting', settled: 0 })),
  );
}

/** Notes that labels do not wait any more. @throws StoreError; when it does, repeat the whole. */
export async function settleWaitingLabels(
  store: Store,
  { source }: Pick<LabelBatch, 'source'>,
  labels: readonly WaitingLabel[],
  fate: 'joined' | 'orphaned',
): Promise<void> {
  await store.insert(
    'waiting_labels_raw',
    labels.map((label) => ({ ...rowOf(source, label), fate, settled: 1 })),
  );
}

function rowOf(source: string, { model, eventId, version, offset, origin, waitsUntil }: WaitingLabel): InsertRow {
  return {
    source,
    source_offset: offset,
    model: wellFormed(model),
    event_id: wellFormed(eventId),
    version: wellFormed(version ?? ''),
    ...originColumns(origin ?? { source, offset }),
    waits_until: toSeconds(waitsUntil),
    expires_at: toSeconds(waitsUntil + REMEMBERED),
  };
}

interface StoredWaiting extends StoredOrigin {
  readonly model: string;
  readonly event_id: string;
  readonly version: string;
  readonly record: string;
  readonly until: number;
}

/**
 * Looks at some waiting labels again, by their offsets.
 *
 * @param after the offset after which to begin; -1 for the beginning. @param most how many labels. @throws StoreError.
 */
export async function revisitWaitingLabels(
  store: Store,
  { source }: Pick<LabelBatch, 'source'>,
  after: number,
  most: number,
): Promise<RevisitedLabel[]> {
  const { database } = store;
  const rows = await store.query<StoredWaiting>(
    // Which of them wait is seen from two columns, in the order of the key; the records of those alone are read.
    `SELECT model, event_id, version, source_offset AS offset, origin_source, origin_offset, base64Encode(record) AS record,
     toUnixTimestamp(waits_until) AS until FROM ${database}.waiting_labels_raw
     WHERE source = {source:String} AND source_offset IN (
       SELECT source_offset FROM ${database}.waiting_labels_raw
       WHERE source = {source:String} AND source_offset >= {from:UInt64}
       GROUP BY source_offset HAVING max(settled) = 0 ORDER BY source_offset LIMIT {most:UInt32}
       SETTINGS optimize_aggregation_in_order = 1)
     ORDER BY source_offset LIMIT 1 BY source_offset`,
    { source, from: after + 1, most },
  );
  if (rows.length === 0) return [];
  const logged = await store.query<{ model: string; event_id: string; version: string }>(
    `SELECT DISTINCT model, event_id, version FROM ${database}.predictions_raw WHERE (model, event_id) IN (
       SELECT model, event_id FROM ${database}.waiting_labels_raw
       WHERE source = {source:String} AND source_offset >= {from:UInt64} AND source_offset <= {to:UInt64})`,
    { source, from: after + 1, to: rows[rows.length - 1].offset },
  );
  const versions = new Set<string>();
  for (const { model, event_id: eventId, version } of logged) {
    versions.add(JSON.stringify([model, eventId, version])).add(JSON.stringify([model, eventId, '']));
  }
  return rows.map(({ model, event_id: eventId, version, record, until, ...row }) => ({
    ...{ model, eventId, offset: row.offset },
    ...originOf(row, source),
    version: version === '' ? null : version,
    record: Buffer.from(record, 'base64'),
    waitsUntil: until * 1000,
    found: versions.has(JSON.stringify([model, eventId, version])),
  }));
}
