import { streamId, type EventBatch, type Stream } from '@tidemark/monitoring';
import { RecordFault } from '../records/record-fault.js';
import { StreamBatch } from './stream-batch.js';
import { StreamPlaces } from './stream-places.js';

export interface EventBatchesOptions {
  /** Milliseconds by which an event may lie in the future, by stream; 5 minutes unless stated. */
  readonly allowedSkewOf?: (stream: Stream) => number;
  /** How many columns a stream may have; cells of further ones are counted and left out. 2000 unless stated. */
  readonly maxColumns?: number;
  /** Columns that a stream always has room for, such as its baseline's; none unless stated. */
  readonly columnsOf?: (stream: Stream) => readonly string[];
  /** Dimensions that a stream always has room for: those it is sliced by; none unless stated. */
  readonly dimensionsOf?: (stream: Stream) => readonly string[];
  /** Columns of text, whose values may have `MOST_TEXT_BYTES`; none unless stated. */
  readonly textsOf?: (stream: Stream) => readonly string[];
  /** How many streams are taken, and again so many of those that `expects` tells; 200 unless stated. */
  readonly maxStreams?: number;
  /** Whether a stream is of a model that somebody configured: others cannot take its place. None is unless stated. */
  readonly expects?: (stream: Stream) => boolean;
  /** How many batches a stream's memory is kept for after its last event; 60 unless stated. */
  readonly keepFor?: number;
}

export const DEFAULT_ALLOWED_SKEW = 5 * 60_000;

/**
 * What a batch may take: so many bytes of memory for each byte of its records, cells and what else they become, and so many besides,
 * which are also what is kept of an empty one.
 */
export const MEMORY_PER_BYTE = 32;
export const MEMORY_BESIDES = 32 << 20;
/** The parts of the two that are the cells': of all columns and all rows up to the last, as a column is as long as its last row. */
const CELL_MEMORY_PER_BYTE = 16;
const CELL_MEMORY_BESIDES = 16 << 20;
const MOST_KEPT = 16 << 20;
/** A cell's tag, value and bin, in arrays that double as they grow. */
const CELL_BYTES = 26;
/** The least bytes of a record that a new column takes: a name, its length, a value. */
const LEAST_COLUMN_BYTES = 3;
/** A batch is folded when it has so many rows, or its records so many bytes. */
const MOST_ROWS = 50_000;
const MOST_BYTES = 32 << 20;

/** With more streams than this, those that a batch does not use are dropped at once. */
const MOST_STREAMS = 256;

/** The batches that events are decoded into, one a stream. */
export class EventBatches {
  readonly maxColumns: number;
  /** Changes when streams are dropped: what was kept of them elsewhere is void. */
  generation = 0;
  /** The clock that the records are read by, milliseconds since the epoch. */
  now = -Infinity;
  readonly #allowedSkewOf: (stream: Stream) => number;
  readonly #columnsOf: (stream: Stream) => readonly string[];
  readonly #dimensionsOf: (stream: Stream) => readonly string[];
  readonly #textsOf: (stream: Stream) => readonly string[];
  readonly #keepFor: number;
  readonly #places: StreamPlaces;
  readonly #streams = new Map<string, StreamBatch>();
  #rows = 0;
  #bytes = 0;
  #cells = 0;
  #mostRows = 0;

  constructor(options: EventBatchesOptions = {}) {
    this.#allowedSkewOf = options.allowedSkewOf ?? (() => DEFAULT_ALLOWED_SKEW);
    this.maxColumns = options.maxColumns ?? 2000;
    this.#columnsOf = options.columnsOf ?? (() => []);
    this.#dimensionsOf = options.dimensionsOf ?? (() => []);
    this.#textsOf = options.textsOf ?? (() => []);
    this.#keepFor = options.keepFor ?? 60;
    this.#places = new StreamPlaces(options.maxStreams ?? 200, options.expects ?? (() => false));
  }

  /** Cells left out since the last `clear` because their stream already had its most columns. */
  get refusedCells(): number {
    let refused = 0;
    for (const { batch } of this.#streams.values()) refused += batch.refusedCells;
    return refused;
  }

  /** The batches that hold events, in the order in which their streams were first met. */
  *[Symbol.iterator](): IterableIterator<EventBatch> {
    for (const { batch } of this.#streams.values()) if (batch.rows > 0) yield batch;
  }

  /** Events held, over all streams. */
  get rows(): number {
    let rows = 0;
    for (const { batch } of this.#streams.values()) rows += batch.rows;
    return rows;
  }

  /** Bytes of memory held: at most MEMORY_PER_BYTE for each byte of the records, and MEMORY_BESIDES. */
  get held(): number {
    let held = 0;
    for (const stream of this.#streams.values()) held += stream.countHeld();
    return held;
  }

  /**
   * Whether a record of so many bytes is sure to fit in: where not, fold the batches and `clear` first. An empty batch takes
   * any record. Of a record that is not read yet it may be that each of its features is new, and then takes as many cells as there are rows.
   */
  takes(bytes: number): boolean {
    if (this.#rows === 0) return true;
    if (this.#rows >= MOST_ROWS || this.#bytes + bytes > MOST_BYTES) return false;
    const columns = Math.min(bytes / LEAST_COLUMN_BYTES, 2 * this.maxColumns);
    const cells = this.#cells + columns * (this.#mostRows + 1);
    return CELL_BYTES * cells <= CELL_MEMORY_PER_BYTE * (this.#bytes + bytes) + CELL_MEMORY_BESIDES;
  }

  /** Notes a record of so many bytes that was decoded; a faulty one may have left columns. @param stream null: none was opened. */
  took(bytes: number, stream: StreamBatch | null): void {
    this.#rows++;
    this.#bytes += bytes;
    if (stream === null) return;
    this.#cells += stream.countCells();
    if (stream.batch.rows > this.#mostRows) this.#mostRows = stream.batch.rows;
  }

  /** The batch of a stream, or undefined where none was made. */
  get(stream: Stream): EventBatch | undefined {
    return this.#streams.get(streamId(stream))?.batch;
  }

  /**
   * The batch of a stream with what finds its columns, made when new.
   * @throws RecordFault `too_many_streams` where there is no place for another.
   */
  of(stream: Stream): StreamBatch {
    const id = streamId(stream);
    let found = this.#streams.get(id);
    if (found === undefined) {
      if (!this.#places.take(id, stream, this.now)) {
        const { model, version } = stream;
        const shown = JSON.stringify([model.slice(0, 60), version.slice(0, 60), stream.role]);
        throw new RecordFault(
          'too_many_streams',
          `${this.#places.most} streams are open already; this one is ${shown}`,
        );
      }
      const dimensions = this.#dimensionsOf(stream);
      const texts = new Set(this.#textsOf(stream));
      found = new StreamBatch(stream, this.#allowedSkewOf(stream), this.#columnsOf(stream), dimensions, texts);
      this.#streams.set(id, found);
    }
    return found;
  }

  /** Forgets all events. Memory is kept for the next batch, but not that of streams long unused or overgrown with columns, and no more than MOST_KEPT. */
  clear(): void {
    this.#rows = this.#bytes = this.#cells = this.#mostRows = 0;
    let kept = 0;
    for (const [id, stream] of this.#streams) {
      const { batch } = stream;
      const placed = this.#places.note(id, batch.rows > 0, this.now);
      stream.idleFor = batch.rows > 0 ? 0 : stream.idleFor + 1;
      const overgrown = batch.columns.size >= this.maxColumns || batch.segments.size >= this.maxColumns;
      const crowded = stream.idleFor > 0 && this.#streams.size > MOST_STREAMS;
      if (!placed || overgrown || crowded || stream.idleFor >= this.#keepFor) {
        this.#drop(id);
        continue;
      }
      if (batch.rows > 0) {
        batch.clear();
        stream.countHeld();
      }
      stream.cells = 0;
      kept += stream.held;
    }
    if (kept > MOST_KEPT) this.#trim(kept);
  }

  /** Gives memory back, of the streams that hold the most first: that of their cells, then they are forgotten as a whole. */
  #trim(kept: number): void {
    const streams = [...this.#streams].sort(([, a], [, b]) => b.held - a.held);
    for (const [, stream] of streams) {
      if (kept <= MOST_KEPT) return;
      kept -= stream.held;
      stream.release();
      kept += stream.countHeld();
    }
    for (const [id, stream] of streams) {
      if (kept <= MOST_KEPT) return;
      kept -= stream.held;
      this.#drop(id);
    }
  }

  #drop(id: string): void {
    this.#streams.delete(id);
    this.generation++;
  }
}
