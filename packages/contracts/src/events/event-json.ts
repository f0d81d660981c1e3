import { MODEL_ROLES, PREDICTION_COLUMNS, type ModelRole } from '@tidemark/monitoring';
import { tooMany } from './event-cells.js';
import type { EventBatches } from './event-batches.js';
import { MOST_TEXT_BYTES } from './stream-batch.js';
import { checkFeatureName, checkStreamName, missing, type EventLimits, type EventRow } from './event-row.js';
import { takeJsonEmbedding } from './event-embeddings.js';
import { parseJsonObject, type JsonObject } from '../records/json-object.js';
import { RecordFault } from '../records/record-fault.js';

/** Reads an event in plain JSON, with the Avro schema's field names, into its row. @throws RecordFault */
export function readJsonEvent(
  message: Uint8Array,
  batches: EventBatches,
  row: EventRow,
  limits: EventLimits,
  now: number,
): void {
  const event = parseJsonObject(message);
  const eventId = text(event['event_id'], 'event_id', limits);
  const model = text(event['model'], 'model', limits);
  const version = text(event['version'], 'version', limits);
  checkStreamName(model, 'model');
  checkStreamName(version, 'version');
  const eventTime = timeOf(event['event_time']);
  row.open(batches.of({ model, version, role: roleOf(event['role']) }));
  const requestId = event['request_id'];
  if (requestId !== undefined && requestId !== null && typeof requestId !== 'string') {
    throw wrongType('request_id', 'a string or null', requestId);
  }
  readFeatures(objectOf(event['features'], 'features'), row, limits);
  readPrediction(objectOf(event['prediction'], 'prediction'), row, limits);
  readNumber(event['confidence'], 'confidence', PREDICTION_COLUMNS.confidence, row);
  for (const [name, vector] of Object.entries(objectOf(event['embeddings'], 'embeddings'))) {
    checkLength(name, "an embedding's name", limits);
    takeJsonEmbedding(row, name, vector);
  }
  readSegments(objectOf(event['segments'], 'segments'), row, limits);
  row.finish(eventId, eventTime, now);
}

function readFeatures(features: JsonObject, row: EventRow, limits: EventLimits): void {
  const names = Object.keys(features);
  if (names.length > limits.maxFeatures) throw tooMany('features', limits.maxFeatures);
  const { batch } = row;
  for (const name of names) {
    const value = features[name];
    let cells = batch.columns.get(name);
    if (cells === undefined) {
      checkLength(name, "a feature's name", limits);
      checkFeatureName(name);
      checkFeature(name, value);
      if (row.takesColumn(name)) cells = batch.column(name);
    } else checkFeatureName(name);
    checkFeature(name, value);
    if (typeof value === 'string') {
      checkLength(value, name, row.stream.texts.has(name) ? { maxStringBytes: MOST_TEXT_BYTES } : limits);
    }
    if (cells === undefined) row.given();
    else if (typeof value === 'number') row.number(cells, value);
    else {
      if (typeof value === 'string') cells.setString(row.row, value);
      else if (typeof value === 'boolean') cells.setBoolean(row.row, value);
      else cells.setNull(row.row);
      row.given();
    }
  }
}

function checkFeature(name: string, value: unknown): void {
  if (value !== null && typeof value === 'object') {
    throw wrongType(`features.${name}`, 'a number, string, boolean or null', value);
  }
}

function readPrediction(prediction: JsonObject, row: EventRow, limits: EventLimits): void {
  readNumber(prediction['score'], 'prediction.score', PREDICTION_COLUMNS.score, row);
  readNumber(prediction['value'], 'prediction.value', PREDICTION_COLUMNS.value, row);
  const predicted = prediction['class'];
  if (predicted !== undefined && predicted !== null) {
    if (typeof predicted !== 'string') throw wrongType('prediction.class', 'a string or null', predicted);
    checkLength(predicted, 'prediction.class', limits);
    row.batch.column(PREDICTION_COLUMNS.class).setString(row.row, predicted);
    row.given();
  }
  const probabilities = objectOf(prediction['probabilities'], 'prediction.probabilities');
  const names = Object.keys(probabilities);
  if (names.length > limits.maxFeatures) throw tooMany('probabilities', limits.maxFeatures);
  for (const name of names) {
    const field = `prediction.probabilities.${name}`;
    const value = probabilities[name];
    if (typeof value !== 'number') throw wrongType(field, 'a number', value);
    checkLength(name, "a class's name", limits);
    const column = `${PREDICTION_COLUMNS.probability}${name}`;
    if (row.batch.columns.has(column) || row.takesColumn(column)) row.number(row.batch.column(column), value);
    else row.given();
  }
}

function readSegments(segments: JsonObject, row: EventRow, limits: EventLimits): void {
  const names = Object.keys(segments);
  if (names.length > limits.maxSegments) throw tooMany('segments', limits.maxSegments);
  for (const name of names) {
    const value = segments[name];
    if (typeof value !== 'string') throw wrongType(`segments.${name}`, 'a string', value);
    checkLength(name, "a segment's dimension", limits);
    checkLength(value, `segments.${name}`, limits);
    if (!row.batch.segments.has(name) && row.batch.segments.size >= row.batches.maxColumns) row.batch.refuse(name);
    else row.batch.segment(name).setString(row.row, value);
  }
}

function readNumber(value: unknown, field: string, column: string, row: EventRow): void {
  if (value === undefined || value === null) return;
  if (typeof value !== 'number') throw wrongType(field, 'a number or null', value);
  row.number(row.batch.column(column), value);
}

function roleOf(value: unknown): ModelRole {
  if (value === undefined) return 'champion';
  const role = MODEL_ROLES.find((known) => known === value);
  if (role === undefined) throw wrongType('role', MODEL_ROLES.join(', '), value);
  return role;
}

/** A number of milliseconds since the epoch, or ISO 8601 with a zone. */
function timeOf(value: unknown): number {
  if (value === undefined || value === null) throw missing('event_time');
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(value)) {
    const time = Date.parse(value);
    if (!Number.isNaN(time)) return time;
  }
  throw wrongType('event_time', 'milliseconds since 1970 or ISO 8601 with a time zone', value);
}

function text(value: unknown, field: string, limits: EventLimits): string {
  if (value === undefined || value === null || value === '') throw missing(field);
  if (typeof value !== 'string') throw wrongType(field, 'a string', value);
  checkLength(value, field, limits);
  return value;
}

function objectOf(value: unknown, field: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw wrongType(field, 'an object', value);
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkLength(value: string, field: string, limits: Pick<EventLimits, 'maxStringBytes'>): void {
  // A UTF-16 unit takes three bytes at most: most strings are short enough at first sight.
  if (value.length * 3 <= limits.maxStringBytes) return;
  const bytes = Buffer.byteLength(value);
  if (bytes > limits.maxStringBytes) {
    throw new RecordFault('too_long', `${field} has ${bytes} bytes, ${limits.maxStringBytes} are allowed`);
  }
}

function wrongType(field: string, wanted: string, value: unknown): RecordFault {
  const given = value === null ? 'null' : Array.isArray(value) ? 'an array' : `of type ${typeof value}`;
  const shown = typeof value === 'string' ? `${given} (${JSON.stringify(value.slice(0, 40))})` : given;
  return new RecordFault('wrong_type', `${field} is ${shown}; it takes ${wanted}`);
}
