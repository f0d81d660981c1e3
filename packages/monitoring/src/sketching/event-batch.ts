import { addExamples } from '../summaries/overflow.js';
import type { Stream } from '../model/stream.js';
import { EmbeddingColumn } from './embedding-column.js';

/** What a cell of a batch holds. `absent`: the event did not carry the column at all; `null`: it said so. */
export const CellTag = { absent: 0, null: 1, number: 2, string: 3, boolean: 4 } as const;

/** So few, as a stream may have a row in each batch only and columns by the thousand. */
const INITIAL_ROWS = 16;

/**
 * One column of a batch of events: a tag and a value a row. A number's value is the number, a boolean's 0 or 1, a
 * string's its index in the dictionary; other cells' values mean nothing.
 */
export class CellVector {
  tags = new Uint8Array(INITIAL_ROWS);
  values = new Float64Array(INITIAL_ROWS);
  readonly dictionary: string[] = [];
  readonly #ids = new Map<string, number>();

  constructor(readonly name: string) {}

  /** Bytes of memory that the cells take; strings are the dictionary's. */
  get held(): number {
    return this.tags.byteLength + this.values.byteLength;
  }

  /** Whether the row's cell was set. */
  has(row: number): boolean {
    return row < this.tags.length && this.tags[row] !== CellTag.absent;
  }

  setNull(row: number): void {
    this.#reserve(row);
    this.tags[row] = CellTag.null;
  }

  setNumber(row: number, value: number): void {
    this.#reserve(row);
    this.tags[row] = CellTag.number;
    this.values[row] = value;
  }

  setBoolean(row: number, value: boolean): void {
    this.#reserve(row);
    this.tags[row] = CellTag.boolean;
    this.values[row] = value ? 1 : 0;
  }

  setString(row: number, value: string): void {
    this.setStringId(row, this.intern(value));
  }

  /** Sets a string by an id that `intern` gave since the last `clear`. */
  setStringId(row: number, id: number): void {
    this.#reserve(row);
    this.tags[row] = CellTag.string;
    this.values[row] = id;
  }

  /** The dictionary id of a string, added when new. */
  intern(value: string): number {
    let id = this.#ids.get(value);
    if (id === undefined) {
      id = this.dictionary.length;
      this.dictionary.push(value);
      this.#ids.set(value, id);
    }
    return id;
  }

  /** The tag at a row; a row that was never set is absent. */
  tag(row: number): number {
    return row < this.tags.length ? this.tags[row] : CellTag.absent;
  }

  /** The string at a row, or undefined where the cell holds none. */
  string(row: number): string | undefined {
    return this.tag(row) === CellTag.string ? this.dictionary[this.values[row]] : undefined;
  }

  /** Forgets the cell at a row, whatever it held. */
  unset(row: number): void {
    if (row < this.tags.length) this.tags[row] = CellTag.absent;
  }

  /** Forgets every cell and the dictionary; keeps the memory. */
  clear(): void {
    this.tags.fill(CellTag.absent);
    this.dictionary.length = 0;
    this.#ids.clear();
  }

  /** Gives the memory back. Only when the batch is empty. */
  release(): void {
    this.tags = new Uint8Array(INITIAL_ROWS);
    this.values = new Float64Array(INITIAL_ROWS);
  }

  /** Makes room for a row, so that `tags` and `values` may be read up to it. */
  reserve(row: number): void {
    this.#reserve(row);
  }

  #reserve(row: number): void {
    if (row < this.tags.length) return;
    const length = Math.max(row + 1, this.tags.length * 2);
    const tags = new Uint8Array(length);
    tags.set(this.tags);
    this.tags = tags;
    const values = new Float64Array(length);
    values.set(this.values);
    this.values = values;
  }
}

/**
 * Events of one stream as columns, in the order of their arrival: the shape in which events pass from the decoder to the
 * sketches. Rows are only ever appended; a row that turns out faulty while it is being written is taken back.
 */
export class EventBatch {
  rows = 0;
  /** Milliseconds since the epoch, a value a row. */
  eventTimes = new Float64Array(INITIAL_ROWS);
  readonly eventIds: string[] = [];
  /** Features under their own names, predictions under PREDICTION_COLUMNS. */
  readonly columns = new Map<string, CellVector>();
  /** Embeddings by name. */
  readonly vectors = new Map<string, EmbeddingColumn>();
  /** Segment tags by dimension; their cells are strings. */
  readonly segments = new Map<string, CellVector>();
  /** Cells left out as the batch had its most columns, and some of their columns. */
  refusedCells = 0;
  readonly refusedNames: string[] = [];
  #refusedBefore = 0;

  constructor(readonly stream: Stream) {}

  /** Bytes of memory that cells and vectors take. */
  get held(): number {
    let held = this.eventTimes.byteLength;
    for (const column of this.columns.values()) held += column.held;
    for (const segment of this.segments.values()) held += segment.held;
    for (const vectors of this.vectors.values()) held += vectors.held;
    return held;
  }

  /** Opens a row and gives its number. */
  append(eventId: string, eventTime: number): number {
    const row = this.rows++;
    this.#refusedBefore = this.refusedCells;
    if (row >= this.eventTimes.length) {
      const times = new Float64Array(this.eventTimes.length * 2);
      times.set(this.eventTimes);
      this.eventTimes = times;
    }
    this.eventTimes[row] = eventTime;
    this.eventIds[row] = eventId;
    return row;
  }

  /** Takes back the last row. */
  takeBack(): void {
    if (this.rows === 0) return;
    const row = --this.rows;
    this.eventIds.length = row;
    this.refusedCells = this.#refusedBefore;
    for (const column of this.columns.values()) column.unset(row);
    for (const segment of this.segments.values()) segment.unset(row);
    for (const vectors of this.vectors.values()) vectors.unset(row);
  }

  /** Counts a cell of the last row that is left out. */
  refuse(name: string): void {
    this.refusedCells++;
    addExamples(this.refusedNames, [name]);
  }

  /** The column of a name, made when new. */
  column(name: string): CellVector {
    return embeddingOf(this.columns, name);
  }

  /** The vectors of a name, made when new: of the given dimension, which those that come later must have. */
  vector(name: string, dimension: number): EmbeddingColumn {
    let vectors = this.vectors.get(name);
    if (vectors === undefined) this.vectors.set(name, (vectors = new EmbeddingColumn(name, dimension)));
    return vectors;
  }

  /** The segment tags of a dimension, made when new. */
  segment(dimension: string): CellVector {
    return embeddingOf(this.segments, dimension);
  }

  /** Forgets all rows; keeps the columns and their memory. */
  clear(): void {
    this.rows = 0;
    this.eventIds.length = 0;
    this.refusedCells = this.#refusedBefore = this.refusedNames.length = 0;
    for (const column of this.columns.values()) column.clear();
    for (const segment of this.segments.values()) segment.clear();
    for (const vectors of this.vectors.values()) vectors.clear();
  }

  /** Gives the memory of an empty batch back; keeps the columns. */
  release(): void {
    this.eventTimes = new Float64Array(INITIAL_ROWS);
    for (const column of this.columns.values()) column.release();
    for (const segment of this.segments.values()) segment.release();
    for (const vectors of this.vectors.values()) vectors.release();
  }
}

function embeddingOf(vectors: Map<string, CellVector>, name: string): CellVector {
  let vector = vectors.get(name);
  if (vector === undefined) {
    vector = new CellVector(name);
    vectors.set(name, vector);
  }
  return vector;
}
