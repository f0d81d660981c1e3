import { PREDICTION_PREFIX, type CellVector, type EventBatch } from '@tidemark/monitoring';
import type { EventBatches, StreamBatch } from './event-batches.js';
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

/** 2000-01-01T00:00:00Z: events before it are taken for clocks gone wrong. */
const EARLIEST = Date.UTC(2000, 0, 1);

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
    if (!(eventTime >= EARLIEST && eventTime <= now + this.stream.allowedSkew)) throw outOfRange(eventTime);
    if (this.#given === 0) throw new RecordFault('no_values', 'the event has neither a feature nor a prediction');
    if (this.#nans === this.#given) throw new RecordFault('all_nan', `all ${this.#given} values of the event are NaN`);
    this.batch.eventIds[this.row] = eventId;
    this.batch.eventTimes[this.row] = eventTime;
  }

  takeBack(): void {
    if (this.#open) this.batch.takeBack();
    this.#open = false;
  }
}

/** @throws RecordFault where a feature may not bear the name. */
export function checkFeatureName(name: string): void {
  if (name === '') throw new RecordFault('reserved_name', 'a feature has no name');
  if (name.startsWith(PREDICTION_PREFIX)) {
    throw new RecordFault('reserved_name', `a feature may not be named ${name}: the prefix is for predictions`);
  }
}

export function missing(field: string): RecordFault {
  return new RecordFault('missing_field', `${field} is missing or empty`);
}

function outOfRange(time: number): RecordFault {
  const readable = Math.abs(time) <= 8.64e15 ? ` (${new Date(time).toISOString()})` : '';
  const hint = time > 1e14 ? '; it looks like microseconds' : time > 0 && time < 1e10 ? '; it looks like seconds' : '';
  return new RecordFault(
    'time_out_of_range',
    `event_time is ${time} ms${readable}: before 2000 or beyond the allowed skew${hint}`,
  );
}
