import { PREDICTION_PREFIX, type CellVector, type EventBatch } from '@tidemark/monitoring';
import type { EventBatches } from './event-batches.js';
import type { StreamBatch } from './stream-batch.js';
import { wholeTime } from './event-time.js';
import { RecordFault } from '../records/record-fault.js';

/** What an event may be at most. Lengths are in bytes of UTF-8. */
export interface EventLimits {
  /** 1 MiB unless stated. */
  readonly maxRecordBytes: number;
  /** Features, and class probabilities, of one event; 2000 unless stated. */
  readonly maxFeatures: number;
  /** 64 unless stated. */
  readonly maxSegments: number;
  /** Of every name, category and id; 1024 unless stated. */
  readonly maxStringBytes: number;
}

export const DEFAULT_LIMITS: EventLimits = {
  maxRecordBytes: 1 << 20,
  maxFeatures: 2000,
  maxSegments: 64,
  maxStringBytes: 1024,
};

/**
 * The row that an event is being written into, whatever its encoding: opened in its stream's batch, then finished, or taken
 * back where the event turns out faulty.
 */
export class EventRow {
  row = -1;
  stream!: StreamBatch;
  batch!: EventBatch;
  batches!: EventBatches;
  #given = 0;
  #nans = 0;
  #open = false;

  begin(batches: EventBatches): void {
    this.batches = batches;
    this.#given = 0;
    this.#nans = 0;
    this.#open = false;
  }

  open(stream: StreamBatch): void {
    this.stream = stream;
    this.batch = stream.batch;
    this.row = stream.batch.append('', 0);
    this.#open = true;
  }

  number(cells: CellVector, value: number): void {
    cells.setNumber(this.row, value);
    this.#given++;
    if (value !== value) this.#nans++;
  }

  /** Counts a feature or prediction that is not a number, or is left out for its stream's most columns. */
  given(): void {
    this.#given++;
  }

  /** Whether the stream may have one more column; counts the cell that is left out where it may not. */
  takesColumn(name: string): boolean {
    if (this.batch.columns.size < this.batches.maxColumns) return true;
    this.batch.refuse(name);
    return false;
  }

  /** Writes the id and the time, once the whole event was found to be sound. */
  finish(eventId: string, eventTime: number, now: number): void {
    if (eventId === '') throw missing('event_id');
    const time = wholeTime('event_time', eventTime, now + this.stream.allowedSkew);
    if (this.#given === 0) throw new RecordFault('no_values', 'the event has neither a feature nor a prediction');
    if (this.#nans === this.#given) throw new RecordFault('all_nan', `all ${this.#given} values of the event are NaN`);
    this.batch.eventIds[this.row] = eventId;
    this.batch.eventTimes[this.row] = time;
  }

  /** The stream in whose batch the event was opened; null where it has none. */
  get opened(): StreamBatch | null {
    return this.#open ? this.stream : null;
  }

  takeBack(): void {
    if (this.#open) this.batch.takeBack();
  }
}

/** @throws RecordFault where a feature may not bear the name. */
export function checkFeatureName(name: string): void {
  if (name === '') throw new RecordFault('reserved_name', 'a feature has no name');
  if (name.startsWith(PREDICTION_PREFIX)) {
    throw new RecordFault('reserved_name', `a feature may not be named ${name}: the prefix is for predictions`);
  }
}

/** @throws RecordFault where a model or a version may not bear the name: the character parts them in ids. */
export function checkStreamName(name: string, field: string): void {
  if (name.includes('\0')) throw new RecordFault('reserved_name', `${field} has the character U+0000`);
}

export function missing(field: string): RecordFault {
  return new RecordFault('missing_field', `${field} is missing or empty`);
}
