import { DEFAULT_ALLOWED_SKEW } from '../events/event-batches.js';
import { DEFAULT_LIMITS } from '../events/event-row.js';
import { wholeTime } from '../events/event-time.js';
import { truthFromAvro, type GroundTruth } from './ground-truth.js';
import { parseJsonObject } from './json-object.js';
import { faultOf, RecordFault, type FaultyRecord } from './record-fault.js';
import { RecordReader } from './record-reader.js';
import type { SchemaRegistry } from '../registry/registry.js';

export type DecodedTruth = { readonly ok: true; readonly record: GroundTruth } | FaultyRecord;

/**
 * Decodes messages of the ground-truth topic, Avro in the registry's format or plain JSON with the schema's field names.
 * Decoding never waits: `needsSchema` says which schema to `prepare` beforehand.
 */
export class GroundTruthDecoder {
  readonly #reader: RecordReader;

  constructor(registry: SchemaRegistry) {
    this.#reader = new RecordReader(registry, {
      names: ['GroundTruth'],
      maxRecordBytes: DEFAULT_LIMITS.maxRecordBytes,
    });
  }

  /** The id of the schema that must be prepared before the message is decoded; null where none must. */
  needsSchema(message: Uint8Array | null, now: number): number | null {
    return isJson(message) ? null : this.#reader.needsSchema(message, now);
  }

  /** @throws ContractsError where the registry fails. */
  prepare(schemaId: number, now: number): Promise<void> {
    return this.#reader.prepare(schemaId, now);
  }

  /** @param now milliseconds since the epoch: truth that is observed later than five minutes from it is a fault. */
  decode(message: Uint8Array | null, now: number): DecodedTruth {
    try {
      return { ok: true, record: checked(this.#read(message), now) };
    } catch (thrown) {
      return faultOf(thrown);
    }
  }

  #read(message: Uint8Array | null): GroundTruth {
    if (isJson(message)) return truthFromJson(message);
    const read = this.#reader.decode(message);
    if (!read.ok) throw new RecordFault(read.reason, read.detail);
    return read.record as GroundTruth;
  }
}

function isJson(message: Uint8Array | null): message is Uint8Array {
  if (message === null || message.length === 0) return false;
  const [first] = message;
  return first === 0x7b || first === 0x20 || (first >= 0x09 && first <= 0x0d);
}

function checked(truth: GroundTruth, now: number): GroundTruth {
  const { eventId, model, version, observedAt } = truth;
  const texts = { event_id: eventId, model, version, class: truth.class, source: truth.source };
  for (const [field, text] of Object.entries(texts)) {
    const bytes = text === null ? 0 : Buffer.byteLength(text);
    const most = DEFAULT_LIMITS.maxStringBytes;
    if (bytes > most) throw new RecordFault('too_long', `${field} has ${bytes} bytes, ${most} are allowed`);
  }
  if (1 / (truth.inclusionProbability ?? 1) === Infinity) {
    // A label is weighed by its inverse, which must be a number, too.
    throw new RecordFault('wrong_type', `inclusion_probability is ${truth.inclusionProbability}: too small a number`);
  }
  return { ...truth, observedAt: wholeTime('observed_at', observedAt, now + DEFAULT_ALLOWED_SKEW) };
}

function truthFromJson(message: Uint8Array): GroundTruth {
  const { maxRecordBytes } = DEFAULT_LIMITS;
  if (message.length > maxRecordBytes) {
    throw new RecordFault('too_large', `the record has ${message.length} bytes, ${maxRecordBytes} are allowed`);
  }
  const fields = parseJsonObject(message);
  return truthFromAvro({
    event_id: textOf(fields, 'event_id') ?? missing('event_id'),
    model: textOf(fields, 'model') ?? missing('model'),
    observed_at: timeOf(fields['observed_at']),
    version: textOf(fields, 'version'),
    class: textOf(fields, 'class'),
    value: numberOf(fields, 'value'),
    source: textOf(fields, 'source'),
    inclusion_probability: numberOf(fields, 'inclusion_probability'),
  });
}

function textOf(fields: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = fields[name] ?? null;
  if (value === null || typeof value === 'string') return value;
  throw new RecordFault('wrong_type', `${name} is of type ${typeof value}; it takes a string`);
}

function numberOf(fields: Readonly<Record<string, unknown>>, name: string): number | null {
  const value = fields[name] ?? null;
  if (value === null || typeof value === 'number') return value;
  throw new RecordFault('wrong_type', `${name} is of type ${typeof value}; it takes a number`);
}

/** A number of milliseconds since the epoch, or ISO 8601 with a zone. */
function timeOf(value: unknown): number {
  if (value === undefined || value === null) return missing('observed_at');
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(value)) {
    const time = Date.parse(value);
    if (!Number.isNaN(time)) return time;
  }
  throw new RecordFault('wrong_type', 'observed_at takes milliseconds since 1970 or ISO 8601 with a time zone');
}

function missing(field: string): never {
  throw new RecordFault('missing_field', `${field} is missing or empty`);
}
