import {
  predictionKey,
  sourcesOf,
  type Label,
  type LabelBatch,
  type LabelledEvents,
  type LabelOrigin,
  type LabelJoin,
  type ModelRole,
} from '@tidemark/monitoring';
import {
  expiryOf,
  PREDICTION_COLUMNS_SQL,
  predictionOf,
  STANDING_PREDICTIONS_SQL,
  type StoredPrediction,
} from './prediction-log.js';
import type { InsertRow } from './insert-row.js';
import { wellFormed } from './sketch-columns.js';
import type { Store } from './store.js';
import { toTimestamp } from './timestamps.js';

/** A label and how long it is kept. */
export interface LabelRow {
  readonly label: Label;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Milliseconds for which labels outlive the predictions they belong to: a label that comes again must find that it was counted. */
const GRACE = 14 * 86_400_000;

/** Writes the labels of a batch; written again they replace themselves. @throws StoreError; when it does, repeat the whole. */
export async function writeLabels(store: Store, { source }: LabelBatch, rows: readonly LabelRow[]): Promise<void> {
  const keys = rows.map(({ label }) => ({
    model: wellFormed(label.model),
    event_id: wellFormed(label.eventId),
    source,
    source_offset: label.offset,
  }));
  await store.insert(
    'labels_raw',
    rows.map(({ label, expiresAt }, index) => ({
      ...keys[index],
      version: wellFormed(label.version ?? ''),
      observed_at: toTimestamp(label.observedAt),
      class: label.truth.class === null ? null : wellFormed(label.truth.class),
      value: label.truth.value,
      inclusion_probability: label.inclusionProbability,
      ...originColumns(label.origin ?? { source, offset: label.offset }),
      expires_at: expiryOf(expiresAt + GRACE),
    })),
  );
  await store.insert('label_arrivals', keys);
}

/** Where a label came first, as an insert takes it. */
export function originColumns({ source, offset }: LabelOrigin): InsertRow {
  return { origin_source: source, origin_offset: offset };
}

/** Where a label lies in its source, and where it came first. */
export interface StoredOrigin {
  readonly offset: number;
  readonly origin_source: string;
  readonly origin_offset: number;
}

interface StoredLabel extends StoredOrigin {
  readonly model: string;
  readonly event_id: string;
  readonly version: string;
  readonly observed: number;
  readonly class: string | null;
  readonly value: number | null;
  readonly inclusion_probability: number;
  /** Whether it came from the batch's source. */
  readonly here: number;
}

interface StoredJoin {
  readonly model: string;
  readonly event_id: string;
  readonly version: string;
  readonly role: ModelRole;
}

/**
 * What is known of the events that a batch of labels is about, once {@link writeLabels} has written them. The ids stay in the
 * store: the answer is bounded by the batch.
 *
 * @throws StoreError.
 */
export async function readLabelledEvents(store: Store, batch: LabelBatch): Promise<LabelledEvents> {
  const { database } = store;
  const { source, first, end, elsewhere = [] } = batch;
  const sources = sourcesOf(batch);
  const countedTo = elsewhere.map((each) => Math.min(each.end, Number.MAX_SAFE_INTEGER));
  const ofBatch = `(model, event_id) IN (SELECT model, event_id FROM ${database}.label_arrivals
    WHERE source = {source:String} AND source_offset >= {first:UInt64} AND source_offset < {end:UInt64})`;
  const parameters = { source, first, end };
  const predictions = await store.query<StoredPrediction>(
    `SELECT ${PREDICTION_COLUMNS_SQL} FROM ${database}.predictions_raw WHERE ${ofBatch} ${STANDING_PREDICTIONS_SQL}`,
    parameters,
  );
  const labels = await store.query<StoredLabel>(
    `SELECT model, event_id, version, toUnixTimestamp64Milli(observed_at) AS observed, class, value, inclusion_probability,
     source = {source:String} AS here, source_offset AS offset, origin_source, origin_offset FROM ${database}.labels_raw
     WHERE ${ofBatch} AND source_offset < transform(source, {sources:Array(String)}, {ends:Array(UInt64)}, 0)
     ORDER BY model, event_id, version, observed_at DESC, indexOf({sources:Array(String)}, origin_source) DESC,
       origin_offset DESC, source = {source:String} DESC, source_offset DESC
     LIMIT 1 BY model, event_id, version, source = {source:String} AND source_offset >= {first:UInt64}`,
    { ...parameters, sources, ends: [...countedTo, end] },
  );
  const met = await store.query<StoredJoin>(
    `SELECT DISTINCT model, event_id, version, role FROM ${database}.label_joins
     WHERE ${ofBatch} AND source_offset < transform(source, {sources:Array(String)}, {ends:Array(UInt64)}, 0)`,
    { ...parameters, sources, ends: [...countedTo, first] },
  );
  return {
    predictions: predictions.map(predictionOf),
    labels: labels.map((row) => labelOf(row, row.here === 1 ? source : null)).sort((a, b) => a.offset - b.offset),
    met: new Set(met.map(({ event_id: eventId, ...stream }) => predictionKey({ stream, eventId }))),
  };
}

/** Where a stored label came first, if that was not where it lies. */
export function originOf(row: StoredOrigin, source: string | null): { readonly origin?: LabelOrigin } {
  const { origin_source: first, origin_offset: offset } = row;
  return first === source && offset === row.offset ? {} : { origin: { source: first, offset } };
}

/** @param source null where it came from another one than the batch. */
function labelOf(row: StoredLabel, source: string | null): Label {
  return {
    ...originOf(row, source),
    model: row.model,
    eventId: row.event_id,
    version: row.version === '' ? null : row.version,
    observedAt: row.observed,
    offset: source === null ? -1 : row.offset,
    truth: { class: row.class, value: row.value },
    inclusionProbability: row.inclusion_probability,
  };
}

/**
 * Notes which predictions a batch of labels has found, each under the offset of a label of its event. A note counts once that label
 * is committed, and then it is true however the labels were divided into batches: a prediction that is in the log stays there.
 *
 * @param expiresAt milliseconds since the epoch. @throws StoreError; when it does, repeat the whole.
 */
export async function writeLabelJoins(
  store: Store,
  { source }: LabelBatch,
  met: LabelJoin['met'],
  expiresAt: number,
): Promise<void> {
  await store.insert(
    'label_joins',
    met.map(({ prediction: { stream, eventId }, offset }) => ({
      ...stream,
      event_id: eventId,
      source,
      source_offset: offset,
      expires_at: expiryOf(expiresAt + GRACE),
    })),
  );
}
