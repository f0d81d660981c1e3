import type { LabelingReason, LabelingRequest, ModelRole } from '@tidemark/monitoring';
import { fromJsonNumber, toJsonNumber, type JsonNumber } from './json-number.js';
import { wellFormed } from './sketch-columns.js';
import { conditionOf } from './stream-columns.js';
import type { Store } from './store.js';
import type { InsertRow } from './insert-row.js';
import { toTimestamp } from './timestamps.js';

/** Writes labelling requests; one written again replaces itself. @throws StoreError; when it does, repeat the whole. */
export async function writeLabelingRequests(store: Store, requests: Iterable<LabelingRequest>): Promise<void> {
  await store.insert('labeling_requests_raw', Array.from(requests, insertRow));
}

function insertRow({ stream, answer, ...request }: LabelingRequest): InsertRow {
  return {
    model: wellFormed(stream.model),
    event_id: wellFormed(request.eventId),
    version: wellFormed(stream.version),
    role: stream.role,
    event_time: toTimestamp(request.eventTime),
    inclusion_probability: request.inclusionProbability,
    reason: request.reason,
    stratum: wellFormed(request.stratum),
    baseline_id: request.baselineId ?? '',
    segments: mapped(request.segments, wellFormed),
    features: mapped(request.features, (value) => (value === null ? null : wellFormed(String(value)))),
    score: toJsonNumber(answer.score),
    class: answer.class === null ? null : wellFormed(answer.class),
    value: toJsonNumber(answer.value),
    confidence: toJsonNumber(answer.confidence),
    probabilities: mapped(Object.fromEntries(answer.probabilities), toJsonNumber),
  };
}

function mapped<V, W>(values: Readonly<Record<string, V>>, map: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [wellFormed(name), map(value)]));
}

/** A labelling request as the store has it: what the model saw is texts. */
export interface StoredLabelingRequest extends Omit<LabelingRequest, 'features'> {
  readonly features: Readonly<Record<string, string | null>>;
}

export interface LabelingRequestFilter {
  readonly model: string;
  readonly version?: string;
  /** Milliseconds since the epoch, of the event: from inclusive, to exclusive. */
  readonly from?: number;
  readonly to?: number;
  /** How many at most, the oldest first. */
  readonly limit: number;
}

/** A request as far as labels are held against it. */
export interface RequestedLabel {
  readonly eventId: string;
  readonly version: string;
  readonly inclusionProbability: number;
}

/** Ids travel with the address of a query: so many, or so many characters of them, a query. */
const IDS_A_QUERY = 500;
const ID_CHARACTERS_A_QUERY = 50_000;

/**
 * The requests that there are for some events of a model, one a version; of those in several roles the likeliest. @throws StoreError.
 */
export async function readRequestedLabels(
  store: Store,
  model: string,
  eventIds: readonly string[],
): Promise<RequestedLabel[]> {
  const found: RequestedLabel[] = [];
  let ids: string[] = [];
  let characters = 0;
  const ask = async (): Promise<void> => {
    const rows = await store.query<{ event_id: string; version: string; p: number }>(
      `SELECT event_id, version, max(inclusion_probability) AS p FROM ${store.database}.labeling_requests_raw
       WHERE model = {model:String} AND event_id IN {ids:Array(String)} GROUP BY event_id, version`,
      { model: wellFormed(model), ids },
    );
    for (const { event_id: eventId, version, p } of rows) found.push({ eventId, version, inclusionProbability: p });
    ids = [];
    characters = 0;
  };
  for (const id of new Set(eventIds)) {
    ids.push(wellFormed(id));
    characters += id.length;
    if (ids.length === IDS_A_QUERY || characters >= ID_CHARACTERS_A_QUERY) await ask();
  }
  if (ids.length > 0) await ask();
  return found;
}

interface StoredRow {
  readonly event_id: string;
  readonly model: string;
  readonly version: string;
  readonly role: ModelRole;
  readonly at: number;
  readonly inclusion_probability: number;
  readonly reason: LabelingReason;
  readonly stratum: string;
  readonly baseline_id: string;
  readonly segments: Readonly<Record<string, string>>;
  readonly features: Readonly<Record<string, string | null>>;
  readonly score: JsonNumber | null;
  readonly class: string | null;
  readonly value: JsonNumber | null;
  readonly confidence: JsonNumber | null;
  readonly probabilities: Readonly<Record<string, JsonNumber>>;
}

/**
 * Reads the labelling requests of a model that no label has come for, by the time of their events. A label is known here once the outcomes service
 * has read it, and for as long as labels are kept.
 *
 * @throws StoreError.
 */
export async function readLabelingRequests(
  store: Store,
  { limit, ...filter }: LabelingRequestFilter,
): Promise<StoredLabelingRequest[]> {
  const { sql, parameters } = conditionOf(filter, 'event_time');
  const rows = await store.query<StoredRow>(
    // A label without a version is about any that has the event.
    `WITH labelled AS (
       SELECT event_id, version FROM ${store.database}.labels_raw
       WHERE model = {model:String} AND event_id IN (SELECT event_id FROM ${store.database}.labeling_requests_raw WHERE ${sql})
     )
     SELECT event_id, model, version, role, toUnixTimestamp64Milli(event_time) AS at, inclusion_probability, reason, stratum,
     baseline_id, segments, features, score, class, value, confidence, probabilities
     FROM ${store.database}.labeling_requests
     WHERE ${sql} AND (event_id, version) NOT IN labelled AND (event_id, '') NOT IN labelled
     ORDER BY event_time, event_id, version, role LIMIT {limit:UInt32}`,
    { ...parameters, limit },
  );
  return rows.map((row) => ({
    eventId: row.event_id,
    stream: { model: row.model, version: row.version, role: row.role },
    eventTime: row.at,
    inclusionProbability: row.inclusion_probability,
    reason: row.reason,
    stratum: row.stratum,
    baselineId: row.baseline_id === '' ? null : row.baseline_id,
    segments: row.segments,
    features: row.features,
    answer: {
      score: fromJsonNumber(row.score),
      class: row.class,
      value: fromJsonNumber(row.value),
      confidence: fromJsonNumber(row.confidence),
      probabilities: new Map(Object.entries(row.probabilities).map(([name, p]) => [name, fromJsonNumber(p)])),
    },
  }));
}
