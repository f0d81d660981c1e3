import type { EventBatch } from '@tidemark/monitoring';
import { AvroReader } from './avro-reader.js';
import type { EventBatches } from './event-batches.js';
import { EventCursor } from './event-cursor.js';
import { readJsonEvent } from './event-json.js';
import { EventPlan } from './event-plan.js';
import { DEFAULT_LIMITS, type EventLimits } from './event-row.js';
import { faultOf, RecordFault, type FaultyRecord } from '../records/record-fault.js';
import type { SchemaRegistry } from '../registry/registry.js';
import { HEADER_BYTES, MAGIC_BYTE, schemaIdOf } from '../registry/wire-format.js';
import { WriterSchemas } from '../registry/writer-schemas.js';

/** Where an event was put, or why it was turned away. */
export type DecodedEvent = { readonly ok: true; readonly batch: EventBatch; readonly row: number } | FaultyRecord;

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
    batches.now = now;
    try {
      this.#decode(message, batches, now);
      return { ok: true, batch: event.row.batch, row: event.row.row };
    } catch (thrown) {
      event.row.takeBack();
      return faultOf(thrown);
    } finally {
      batches.took(message?.length ?? 0, event.row.opened);
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
