const INITIAL_ROWS = 16;

/** How many dimensions the vectors of a column have is that of the first one. */
export class EmbeddingColumn {
  /** The vectors of the rows that have one, one after the other: `startOf` tells where. */
  values: Float32Array;
  /** 1: the row holds a vector; 2: it holds something else, of another dimension or not finite; 0: nothing. */
  tags = new Uint8Array(INITIAL_ROWS);
  /** Which vector is a row's. */
  #places = new Int32Array(INITIAL_ROWS);
  #vectors = 0;

  constructor(
    readonly name: string,
    readonly dimension: number,
  ) {
    this.values = new Float32Array(dimension);
  }

  /** Bytes of memory. */
  get held(): number {
    return this.values.byteLength + this.tags.byteLength + this.#places.byteLength;
  }

  has(row: number): boolean {
    return row < this.tags.length && this.tags[row] !== EmbeddingTag.absent;
  }

  /** Makes room for a row's vector. @returns where its components begin; the caller writes them and then says whether they are sound. */
  place(row: number): number {
    this.#reserve(row);
    const at = this.#vectors++ * this.dimension;
    if (at + this.dimension > this.values.length) {
      const values = new Float32Array(Math.max(at + this.dimension, 2 * this.values.length));
      values.set(this.values);
      this.values = values;
    }
    this.#places[row] = at / this.dimension;
    return at;
  }

  /** Where the components of a row's vector begin; means nothing for a row without one. */
  startOf(row: number): number {
    return this.#places[row] * this.dimension;
  }

  /** The rows that have a vector, in their order, by the places of their vectors. */
  placesOf(rows: Int32Array): Int32Array {
    const present = rows.filter((row) => row < this.tags.length && this.tags[row] === EmbeddingTag.vector);
    return present.map((row) => this.#places[row]);
  }

  set(row: number, sound: boolean): void {
    this.#reserve(row);
    this.tags[row] = sound ? EmbeddingTag.vector : EmbeddingTag.faulty;
  }

  /** Takes back the last row. */
  unset(row: number): void {
    if (!this.has(row)) return;
    this.tags[row] = EmbeddingTag.absent;
    if (this.#vectors > 0 && this.#places[row] === this.#vectors - 1) this.#vectors--;
  }

  clear(): void {
    this.tags.fill(EmbeddingTag.absent);
    this.#vectors = 0;
  }

  /** Gives the memory of an empty column back. */
  release(): void {
    this.tags = new Uint8Array(INITIAL_ROWS);
    this.#places = new Int32Array(INITIAL_ROWS);
    this.values = new Float32Array(this.dimension);
  }

  #reserve(row: number): void {
    if (row < this.tags.length) return;
    const rows = Math.max(row + 1, 2 * this.tags.length);
    const [tags, places] = [new Uint8Array(rows), new Int32Array(rows)];
    tags.set(this.tags);
    places.set(this.#places);
    this.tags = tags;
    this.#places = places;
  }
}

export const EmbeddingTag = { absent: 0, vector: 1, faulty: 2 } as const;
