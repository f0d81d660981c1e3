import { EventBatch, PREDICTION_COLUMNS, PREDICTION_PREFIX, type CellVector, type Stream } from '@tidemark/monitoring';
import { ByteTable } from './byte-table.js';

/** What a column of text may hold. */
export const MOST_TEXT_BYTES = 64 << 10;

/** Values of a categorical column known by their bytes; beyond, the table starts anew. */
const MOST_VALUES = 4096;

/** Memory of a column besides its cells, and of a string besides its bytes: objects and their places in maps. */
const SLOT_BYTES = 512;
const STRING_BYTES = 64;

/** A column of a batch, with its string values known by their bytes. */
export class ColumnSlot {
  readonly cells: CellVector;
  /** Made with the first string: most columns have none. */
  #values: ByteTable | null = null;
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
    const entry = this.#values === null ? -1 : this.#values.find(bytes, start, end);
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
    if (this.#values === null || this.#values.size >= MOST_VALUES) {
      this.forget();
      this.#values = new ByteTable();
    }
    const id = this.cells.intern(text);
    this.#values.add(bytes, start, end);
    this.#strings.push(text);
    this.#ids.push(id);
    this.cells.setStringId(row, id);
  }

  /** Bytes of memory besides the cells'. */
  get held(): number {
    return (
      SLOT_BYTES + STRING_BYTES * (this.#strings.length + this.cells.dictionary.length) + (this.#values?.held ?? 0)
    );
  }

  /** Forgets which strings are known. */
  forget(): void {
    this.#values = null;
    this.#strings = [];
    this.#ids = [];
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

  /** Bytes of memory besides the cells'. */
  get held(): number {
    return this.slots.reduce((sum, slot) => sum + slot.held, this.names.held);
  }

  forget(): void {
    for (const slot of this.slots) slot.forget();
  }
}

/** A stream's batch and what finds its columns. */
export class StreamBatch {
  readonly batch: EventBatch;
  readonly allowedSkew: number;
  readonly features: ColumnIndex;
  readonly segments: ColumnIndex;
  readonly probabilities: ColumnIndex;
  idleFor = 0;
  /** Cells up to the last row, set or not, as they were counted last. */
  cells = 0;
  /** Bytes of memory, as they were counted last. */
  held = 0;
  #classes: ColumnSlot | null = null;

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
    for (const column of columns) this.#reserve(column);
    for (const dimension of dimensions) addName(this.segments, dimension);
  }

  /** The predicted classes. */
  classes(): ColumnSlot {
    return (this.#classes ??= new ColumnSlot(this.batch.column(PREDICTION_COLUMNS.class), false));
  }

  /** Counts the cells anew. @returns how many have come. */
  countCells(): number {
    const { rows, columns, segments, vectors } = this.batch;
    const before = this.cells;
    this.cells = rows * (columns.size + segments.size + vectors.size);
    return this.cells - before;
  }

  countHeld(): number {
    const { batch, features, segments, probabilities } = this;
    const indexes = features.held + segments.held + probabilities.held;
    return (this.held = batch.held + indexes + (this.#classes?.held ?? 0));
  }

  /** Gives the memory of an empty batch back; keeps its columns. */
  release(): void {
    this.batch.release();
    for (const index of [this.features, this.segments, this.probabilities, this.#classes]) index?.forget();
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
