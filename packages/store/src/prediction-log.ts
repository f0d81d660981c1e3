import type { LoggedPrediction, ModelRole, Segment } from '@tidemark/monitoring';
import { wellFormed } from './sketch-columns.js';
import type { Store } from './store.js';
import type { InsertRow } from './insert-row.js';
import { toTimestamp } from './timestamps.js';

/** A prediction and where it was read. */
export interface PredictionRow {
  readonly prediction: LoggedPrediction;
  /** Of two records of one event and stream, that of the lesser offset stands. */
  readonly offset: number;
  /** How many topics there were under the name of its topic before: what was read from one of those stands. None unless stated. */
  readonly epoch?: number;
  /** Milliseconds since the epoch: from when on it may be removed. */
  readonly expiresAt: number;
}

/** Writes predictions; written again they change nothing. @throws StoreError; when it does, repeat the whole. */
export async function writePredictions(store: Store, rows: readonly PredictionRow[]): Promise<void> {
  await store.insert('predictions_raw', rows.map(insertRow));
}

/** No topic has so many records a partition. */
const OFFSETS_AN_EPOCH = 2 ** 45;
const MOST_EPOCHS = 254;

function insertRow({ prediction, offset, epoch = 0, expiresAt }: PredictionRow): InsertRow {
  const { stream, eventId, eventTime, segments, answer, share } = prediction;
  return {
    model: wellFormed(stream.model),
    event_id: wellFormed(eventId),
    version: wellFormed(stream.version),
    role: stream.role,
    event_time: toTimestamp(eventTime),
    segments: Object.fromEntries(segments.map(({ dimension, value }) => [wellFormed(dimension), wellFormed(value)])),
    score: answer.score,
    class: answer.class === null ? null : wellFormed(answer.class),
    value: answer.value,
    confidence: answer.confidence,
    probabilities: Object.fromEntries([...answer.probabilities].map(([name, share]) => [wellFormed(name), share])),
    share,
    precedence: Number.MAX_SAFE_INTEGER - Math.min(epoch, MOST_EPOCHS) * OFFSETS_AN_EPOCH - offset,
    expires_at: expiryOf(expiresAt),
  };
}

const DAY = 86_400_000;
/** What expired longer ago goes to the partition of rows that have expired so long ago. */
const EXPIRED = 35 * DAY;
/** Monitors keep predictions and labels for ten years at most, and some days beyond. */
const KEPT_AT_MOST = 11 * 365 * DAY;

/**
 * From when on a row may be removed, as an insert takes it. Tables are partitioned by it, by weeks: rows that have expired are
 * removed all the same, but do not bring a partition for each week in which producers say that they sent them.
 */
export function expiryOf(time: number): number {
  const now = Date.now();
  return toSeconds(Math.min(Math.max(time, now - EXPIRED), now + KEPT_AT_MOST));
}

/** Milliseconds since the epoch as an insert into a DateTime takes them, which ends in 2106. */
export function toSeconds(time: number): number {
  return Math.min(2 ** 32 - 1, Math.max(0, Math.ceil(time / 1000)));
}

/** What {@link PREDICTION_COLUMNS_SQL} selects. */
export interface StoredPrediction {
  readonly model: string;
  readonly event_id: string;
  readonly version: string;
  readonly role: ModelRole;
  readonly time: number;
  readonly segments: Readonly<Record<string, string>>;
  readonly score: number | null;
  readonly class: string | null;
  readonly value: number | null;
  readonly confidence: number | null;
  readonly probabilities: Readonly<Record<string, number>>;
  readonly share: number;
}

/** The columns of {@link StoredPrediction} in a SELECT. */
export const PREDICTION_COLUMNS_SQL = `model, event_id, version, role, toUnixTimestamp64Milli(event_time) AS time, segments,
  score, class, value, confidence, probabilities, share`;

/** Keeps of several rows of one prediction the one that stands, whether or not the engine has merged them yet, in one order. */
export const STANDING_PREDICTIONS_SQL = `ORDER BY model, event_id, version, role, precedence DESC, written_at DESC
  LIMIT 1 BY model, event_id, version, role`;

export function predictionOf(row: StoredPrediction): LoggedPrediction {
  const { model, version, role, score, value, confidence, share } = row;
  const segments = Object.entries(row.segments).map(([dimension, text]): Segment => ({ dimension, value: text }));
  return {
    stream: { model, version, role },
    eventId: row.event_id,
    eventTime: row.time,
    segments,
    answer: { score, class: row.class, value, confidence, probabilities: new Map(Object.entries(row.probabilities)) },
    share,
  };
}
