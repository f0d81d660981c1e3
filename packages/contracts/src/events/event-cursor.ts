import { MODEL_ROLES, PREDICTION_COLUMNS } from '@tidemark/monitoring';
import type { AvroReader } from './avro-reader.js';
import type { EventBatches } from './event-batches.js';
import type { StreamBatch } from './stream-batch.js';
import { checkStreamName, EventRow, missing, type EventLimits } from './event-row.js';
import { RecordFault } from '../records/record-fault.js';

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
    checkStreamName(model, 'model');
    checkStreamName(version, 'version');
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

function same(known: Buffer, bytes: Uint8Array, span: Span): boolean {
  const { start, end } = span;
  if (known.length !== end - start) return false;
  for (let i = start, at = 0; i < end; i++, at++) if (known[at] !== bytes[i]) return false;
  return true;
}
