const INITIAL_ROWS = 64;

/** How many dimensions the vectors of a column have is that of the first one. */
export class VectorColumn {
  /** The vectors, row after row; those of rows that hold none mean nothing. */
  values: Float32Array;
  /** 1: the row holds a vector; 2: it holds something else, of another dimension or not finite; 0: nothing. */
  tags = new Uint8Array(INITIAL_ROWS);

  constructor(
    readonly name: string,
    readonly dimension: number,
  ) {
    this.values = new Float32Array(INITIAL_ROWS * dimension);
  }

  /** Where the components of a row's vector begin; the caller writes them and then says whether they are sound. */
  place(row: number): number {
    if (row >= this.tags.length) {
      const rows = Math.max(row + 1, 2 * this.tags.length);
      const [tags, values] = [new Uint8Array(rows), new Float32Array(rows * this.dimension)];
      tags.set(this.tags);
      values.set(this.values);
      this.tags = tags;
      this.values = values;
    }
    return row * this.dimension;
  }

  set(row: number, sound: boolean): void {
    this.place(row);
    this.tags[row] = sound ? VectorTag.vector : VectorTag.faulty;
  }

  unset(row: number): void {
    if (row < this.tags.length) this.tags[row] = VectorTag.absent;
  }

  clear(): void {
    this.tags.fill(VectorTag.absent);
  }
}

export const VectorTag = { absent: 0, vector: 1, faulty: 2 } as const;
