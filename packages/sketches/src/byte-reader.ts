import { SketchDecodeError } from './sketch-decode-error.js';

/** Reads a sketch's bytes from front to back, and refuses to read past them. */
export class ByteReader {
  readonly #what: string;
  readonly #view: DataView;
  #at = 0;

  /** @param what what is read, for errors' messages. */
  constructor(what: string, bytes: Uint8Array) {
    this.#what = what;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#view.byteLength - this.#at;
  }

  byte(): number {
    return this.#view.getUint8(this.#take(1));
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  float32(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  /** An unsigned LEB128 of at most 2^53 - 1. */
  varuint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (!Number.isSafeInteger(value)) throw this.fault('a number is too large');
      if (byte < 0x80) return value;
      if (scale > 2 ** 49) throw this.fault('a number is too long');
    }
  }

  /** A count of items that take at least `itemBytes` each; refused where the bytes left cannot hold them. */
  countOf(itemBytes: number): number {
    const count = this.varuint();
    if (count * itemBytes > this.remaining) throw this.fault(`${count} items do not fit in ${this.remaining} bytes`);
    return count;
  }

  end(): void {
    if (this.remaining > 0) throw this.fault(`${this.remaining} bytes are left over`);
  }

  /** Runs a check that throws a RangeError for what no sketch holds. */
  check<T>(build: () => T): T {
    try {
      return build();
    } catch (error) {
      if (error instanceof RangeError) throw this.fault(error.message);
      throw error;
    }
  }

  fault(what: string): SketchDecodeError {
    return new SketchDecodeError(this.#what, what);
  }

  #take(bytes: number): number {
    if (bytes > this.remaining) throw this.fault(`it ends after ${this.#view.byteLength} bytes`);
    const at = this.#at;
    this.#at += bytes;
    return at;
  }
}
