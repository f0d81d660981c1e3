/** Reads numbers and bytes in Kafka's encoding, one after the other. Throws RangeError where the bytes end too early. */
export class ByteReader {
  at = 0;
  readonly #view: DataView;

  constructor(readonly bytes: Buffer) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get rest(): number {
    return this.bytes.length - this.at;
  }

  int8(): number {
    return this.#view.getInt8(this.#forward(1));
  }

  int16(): number {
    return this.#view.getInt16(this.#forward(2));
  }

  int32(): number {
    return this.#view.getInt32(this.#forward(4));
  }

  /** Exact up to 2^53, as offsets and times are. */
  int64(): number {
    const at = this.#forward(8);
    return this.#view.getInt32(at) * 2 ** 32 + this.#view.getUint32(at + 4);
  }

  /** A zigzag number of at most ten bytes, exact up to 2^53. */
  varint(): number {
    const first = this.#view.getUint8(this.#forward(1));
    // Most of them are of one byte.
    if (first < 0x80) return (first >>> 1) ^ -(first & 1);
    let value = first & 0x7f;
    let scale = 128;
    for (let i = 1; i < 10; i++) {
      const byte = this.#view.getUint8(this.#forward(1));
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      scale *= 128;
    }
    throw new RangeError('a number of more than ten bytes');
  }

  /** A number without a sign, of at most five bytes. */
  unsignedVarint(): number {
    let value = 0;
    for (let i = 0; i < 5; i++) {
      const byte = this.#view.getUint8(this.#forward(1));
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw new RangeError('a length of more than five bytes');
  }

  take(length: number): Buffer {
    const at = this.#forward(length);
    return this.bytes.subarray(at, at + length);
  }

  /** Bytes behind their length, which is -1 where there are none. */
  nullable(length: number): Buffer | null {
    return length === -1 ? null : this.take(length);
  }

  string(): string {
    return this.take(this.int16()).toString();
  }

  /** Behind its length and one; null where that is 0. */
  compactString(): string | null {
    const length = this.unsignedVarint();
    return length === 0 ? null : this.take(length - 1).toString();
  }

  /** Likewise; empty where it is null. @param item reads one. */
  compactArray<T>(item: () => T): T[] {
    const items: T[] = [];
    for (let left = this.unsignedVarint() - 1; left > 0; left--) items.push(item());
    return items;
  }

  /** Fields that this version of the protocol does not know. */
  skipTags(): void {
    for (let left = this.unsignedVarint(); left > 0; left--) {
      this.unsignedVarint();
      this.take(this.unsignedVarint());
    }
  }

  #forward(length: number): number {
    const at = this.at;
    if (!(length >= 0 && at + length <= this.bytes.length)) throw new RangeError('a length beyond the end');
    this.at = at + length;
    return at;
  }
}
