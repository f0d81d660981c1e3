import { MODEL_ROLES, PREDICTION_COLUMNS, type EventBatch } from '@tidemark/monitoring';
import { AvroReader } from './avro-reader.js';
import type { EventBatches, StreamBatch } from './event-batches.js';
import { readJsonEvent } from './event-json.js';
import { EventPlan } from './event-plan.js';
import { DEFAULT_LIMITS, EventRow, missing, type EventLimits } from './event-row.js';
import { faultOf, RecordFault, type FaultyRecord } from './record-fault.js';
import type { SchemaRegistry } from './registry.js';
import { HEADER_BYTES, MAGIC_BYTE, schemaIdOf } from './wire-format.js';
import { WriterSchemas } from './writer-schemas.js';

/** Where an event was put, or why it was turned away. */
export type DecodedEvent = { readonly ok: true; readonly batch: EventBatch; readonly row: number } | FaultyRecord;

/** A part of the record's bytes. */
interface Span {
  start: number;
  end: number;
}

/** The event that is being read: what its fields gave so far. */
export class EventCursor {
  readonly row = new EventRow();
  readonly limits: EventLimits;
  readonly eventId: Span = { start: 0, end: 0 };
  readonly model: Span = { start: 0, end: 0 };
  readonly version: Span = { start: 0, end: 0 };
  /** An index into MODEL_ROLES. */
  role = 0;
  eventTime = NaN;
  /** Where fields begin that are read at the end. */
  readonly deferred: number[] = [];
  readonly #reader: AvroReader;
  #last: {
    readonly model: Buffer;
    readonly version: Buffer;
    readonly role: number;
    readonly stream: StreamBatch;
  } | null = null;
  #lastBatches: EventBatches | null = null;
  #lastGeneration = 0;

  constructor(reader: AvroReader, limits: EventLimits) {
    this.#reader = reader;
    this.limits = limits;
  }

  begin(batches: EventBatches): void {
    this.row.begin(batches);
    this.role = 0;
    this.eventTime = NaN;
  }

  /** Opens the row in the batch of the stream that model, version and role name. */
  openRow(): void {
    const { batches } = this.row;
    const last = this.#last;
    const { bytes } = this.#reader;
    if (
      last !== null &&
      batches === this.#lastBatches &&
      batches.generation === this.#lastGeneration &&
      last.role === this.role &&
      same(last.model, bytes, this.model) &&
      same(last.version, bytes, this.version)
    ) {
      this.row.open(last.stream);
      return;
    }
    const model = this.text(this.model, 'model');
    const version = this.text(this.version, 'version');
    const stream = batches.of({ model, version, role: MODEL_ROLES[this.role] });
    this.#last = { model: Buffer.from(model), version: Buffer.from(version), role: this.role, stream };
    this.#lastBatches = batches;
    this.#lastGeneration = batches.generation;
    this.row.open(stream);
  }

  /** The string of a span, which may not be empty. Its bytes are UTF-8: that was checked when it was passed. */
  text(span: Span, field: string): string {
    const { start, end } = span;
    if (start === end) throw missing(field);
    const most = this.limits.maxStringBytes;
    if (end - start > most) {
      throw new RecordFault('too_long', `${field} has ${end - start} bytes, ${most} are allowed`);
    }
    return this.#reader.bytes.toString('utf8', start, end);
  }

  prediction(column: 'score' | 'value' | 'confidence', value: number | undefined): void {
    if (value !== undefined) this.row.number(this.row.batch.column(PREDICTION_COLUMNS[column]), value);
  }

  /** Takes the string that the reader passed last as the predicted class. */
  predictedClass(reader: AvroReader): void {
    const slot = this.row.stream.classes();
    const { bytes, start, pos } = reader;
    if (!slot.setKnownString(this.row.row, bytes, start, pos)) {
      const text = reader.textOfSpan(this.limits.maxStringBytes, 'prediction.class');
      slot.setNewString(this.row.row, bytes, start, pos, text);
    }
    this.row.given();
  }
}

/**
 * Decodes messages of the event topic, Avro in the registry's format or plain JSON, straight into columnar batches. Decoding
 * never waits: `needsSchema` says which schema to `prepare` beforehand. Whatever the bytes, `decode` gives an event or a
 * fault; a faulty event leaves no trace in its batch.
 */
export class EventDecoder {
  readonly #schemas: WriterSchemas<EventPlan>;
  readonly #reader = new AvroReader();
  readonly #event: EventCursor;

  constructor(registry: SchemaRegistry, limits: Partial<EventLimits> = {}) {
    this.#schemas = new WriterSchemas(registry, (schema) => new EventPlan(schema));
    this.#event = new EventCursor(this.#reader, { ...DEFAULT_LIMITS, ...limits });
  }

  /** The id of the schema that must be prepared before the message is decoded; null where none must. */
  needsSchema(message: Uint8Array | null, now: number): number | null {
    return this.#schemas.needed(message, now);
  }

  /**
   * Fetches a schema. An id that the registry does not know counts as prepared for a while: its messages are faults.
   * @throws ContractsError where the registry fails.
   */
  prepare(schemaId: number, now: number): Promise<void> {
    return this.#schemas.fetch(schemaId, now);
  }

  /** @param now milliseconds since the epoch: events further ahead than their stream's allowed skew are faults. */
  decode(message: Uint8Array | null, batches: EventBatches, now: number): DecodedEvent {
    const event = this.#event;
    event.begin(batches);
    try {
      this.#decode(message, batches, now);
      return { ok: true, batch: event.row.batch, row: event.row.row };
    } catch (thrown) {
      event.row.takeBack();
      return faultOf(thrown);
    }
  }

  #decode(message: Uint8Array | null, batches: EventBatches, now: number): void {
    const event = this.#event;
    if (message === null || message.length === 0) throw new RecordFault('empty', 'the record has no value');
    const { maxRecordBytes } = event.limits;
    if (message.length > maxRecordBytes) {
      throw new RecordFault('too_large', `the record has ${message.length} bytes, ${maxRecordBytes} are allowed`);
    }
    const first = message[0];
    if (first === MAGIC_BYTE) {
      const id = schemaIdOf(message);
      if (id === null) throw new RecordFault('truncated', 'the bytes end within the schema id');
      const plan = this.#schemas.of(id);
      this.#reader.open(message, HEADER_BYTES);
      plan.run(this.#reader, event);
      event.row.finish(event.text(event.eventId, 'event_id'), event.eventTime, now);
    } else if (first === 0x7b || first === 0x20 || (first >= 0x09 && first <= 0x0d)) {
      readJsonEvent(message, batches, event.row, event.limits, now);
    } else {
      const hex = first.toString(16).padStart(2, '0');
      throw new RecordFault('bad_magic', `the first byte is 0x${hex}, neither 0x00 (registry format) nor '{' (JSON)`);
    }
  }
}

function same(known: Buffer, bytes: Uint8Array, span: Span): boolean {
  const { start, end } = span;
  if (known.length !== end - start) return false;
  for (let i = start, at = 0; i < end; i++, at++) if (known[at] !== bytes[i]) return false;
  return true;
}
