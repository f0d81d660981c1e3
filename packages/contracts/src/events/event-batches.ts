import type { CellVector } from '@tidemark/monitoring';
import { EventBatch, PREDICTION_COLUMNS, PREDICTION_PREFIX, streamId, type Stream } from '@tidemark/monitoring';
import { ByteTable } from './byte-table.js';
import { RecordFault } from '../records/record-fault.js';
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

/** What a column of text may hold. */
export const MOST_TEXT_BYTES = 64 << 10;

/** Values of a categorical column known by their bytes; beyond, the table starts anew. */
const MOST_VALUES = 4096;

/** With more streams than this, those that a batch does not use are dropped at once. */
const MOST_STREAMS = 256;

/** A column of a batch, with its string values known by their bytes. */
export class ColumnSlot {
  readonly cells: CellVector;
  #values = new ByteTable();
  #strings: string[] = [];
  #ids: number[] = [];

  /** @param text whether it is a column of text: its values are long, and rarely come again. */
  constructor(
    cells: CellVector,
    readonly text: boolean,
  ) {
    this.cells = cells;
  }

  /** Sets a string that is known by its bytes; false where it is not known yet. */
  setKnownString(row: number, bytes: Uint8Array, start: number, end: number): boolean {
    const entry = this.text ? -1 : this.#values.find(bytes, start, end);
    if (entry === -1) return false;
    const text = this.#strings[entry];
    let id = this.#ids[entry];
    // The dictionary is emptied with its batch, so an id of an earlier batch may be another string's by now.
    if (this.cells.dictionary[id] !== text) this.#ids[entry] = id = this.cells.intern(text);
    this.cells.setStringId(row, id);
    return true;
  }

  setNewString(row: number, bytes: Uint8Array, start: number, end: number, text: string): void {
    if (this.text) {
      this.cells.setString(row, text);
      return;
    }
    if (this.#values.size >= MOST_VALUES) {
      this.#values = new ByteTable();
      this.#strings = [];
      this.#ids = [];
    }
    const id = this.cells.intern(text);
    this.#values.add(bytes, start, end);
    this.#strings.push(text);
    this.#ids.push(id);
    this.cells.setStringId(row, id);
  }
}

/** The columns or the segments of a batch, found by the bytes of their names. */
export class ColumnIndex {
  readonly slots: ColumnSlot[] = [];
  readonly names = new ByteTable();
  readonly #make: (name: string) => CellVector;

  constructor(
    make: (name: string) => CellVector,
    private readonly texts: ReadonlySet<string> = new Set(),
  ) {
    this.#make = make;
  }

  add(bytes: Uint8Array, start: number, end: number, name: string): number {
    this.slots.push(new ColumnSlot(this.#make(name), this.texts.has(name)));
    return this.names.add(bytes, start, end);
  }
}

/** A stream's batch and what finds its columns. */
export class StreamBatch {
  readonly batch: EventBatch;
  readonly allowedSkew: number;
  readonly features: ColumnIndex;
  readonly segments: ColumnIndex;
  readonly probabilities: ColumnIndex;
  readonly classes: () => ColumnSlot;
  idleFor = 0;

  constructor(
    stream: Stream,
    allowedSkew: number,
    columns: readonly string[],
    dimensions: readonly string[],
    /** Columns of text. */
    readonly texts: ReadonlySet<string>,
  ) {
    this.batch = new EventBatch(stream);
    this.allowedSkew = allowedSkew;
    this.features = new ColumnIndex((name) => this.batch.column(name), texts);
    this.segments = new ColumnIndex((name) => this.batch.segment(name));
    this.probabilities = new ColumnIndex((name) => this.batch.column(`${PREDICTION_COLUMNS.probability}${name}`));
    let classes: ColumnSlot | undefined;
    this.classes = () => (classes ??= new ColumnSlot(this.batch.column(PREDICTION_COLUMNS.class), false));
    for (const column of columns) this.#reserve(column);
    for (const dimension of dimensions) addName(this.segments, dimension);
  }

  #reserve(column: string): void {
    const { probability } = PREDICTION_COLUMNS;
    if (column.startsWith(probability)) addName(this.probabilities, column.slice(probability.length));
    else if (!column.startsWith(PREDICTION_PREFIX)) addName(this.features, column);
  }
}

function addName(index: ColumnIndex, name: string): void {
  const bytes = Buffer.from(name);
  if (index.names.find(bytes, 0, bytes.length) === -1) index.add(bytes, 0, bytes.length, name);
}

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

  /** Forgets all events. Memory is kept for the next batch, but not that of streams long unused or overgrown with columns. */
  clear(): void {
    for (const [id, stream] of this.#streams) {
      const { batch } = stream;
      const placed = this.#places.note(id, batch.rows > 0, this.now);
      stream.idleFor = batch.rows > 0 ? 0 : stream.idleFor + 1;
      const overgrown = batch.columns.size >= this.maxColumns || batch.segments.size >= this.maxColumns;
      const crowded = stream.idleFor > 0 && this.#streams.size > MOST_STREAMS;
      if (!placed || overgrown || crowded || stream.idleFor >= this.#keepFor) {
        this.#streams.delete(id);
        this.generation++;
      } else if (batch.rows > 0) batch.clear();
    }
  }
}
