import { isUtf8 } from 'node:buffer';
import { RecordFault } from '../records/record-fault.js';

const TWO_TO_28 = 2 ** 28;

/**
 * A cursor over Avro's binary encoding that trusts nothing: every read is checked against the bytes left, and throws a
 * RecordFault where they do not suffice. Strings are given as ranges of bytes (`start` to `pos`), so that those already
 * known need not be made again.
 */
export class AvroReader {
  /** The whole buffer that the record lies in; positions count from its start. */
  bytes: Buffer = Buffer.alloc(0);
  pos = 0;
  end = 0;
  /** Where the string read last begins; it ends at `pos`. */
  start = 0;
  #emptyLeft = 0;
  #view = new DataView<ArrayBufferLike>(new ArrayBuffer(0));

  /** Sets the cursor on a record, from `offset` within it. Records of one fetch share a buffer, so the view is kept. */
  open(record: Uint8Array, offset: number): void {
    if (record.buffer !== this.#view.buffer) {
      this.bytes = Buffer.from(record.buffer);
      this.#view = new DataView(record.buffer);
    }
    this.pos = record.byteOffset + offset;
    this.end = record.byteOffset + record.length;
    this.#emptyLeft = record.length;
  }

  get left(): number {
    return this.end - this.pos;
  }

  /** A zig-zag varint of up to 64 bits; exact within ±2^53. */
  long(): number {
    const { bytes, end } = this;
    let pos = this.pos;
    if (pos < end && bytes[pos] < 0x80) {
      const byte = bytes[pos];
      this.pos = pos + 1;
      return (byte >>> 1) ^ -(byte & 1);
    }
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      if (pos >= end) throw truncated('a number');
      const byte = bytes[pos++];
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.pos = pos;
        return (low >>> 1) ^ -(low & 1);
      }
    }
    let high = 0;
    let scale = 1;
    for (let read = 4; read < 10; read++) {
      if (pos >= end) throw truncated('a number');
      const byte = bytes[pos++];
      if (read === 9 && byte > 1) break;
      high += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) {
        this.pos = pos;
        const magnitude = (low >>> 1) + high * (TWO_TO_28 / 2);
        return (low & 1) === 0 ? magnitude : -magnitude - 1;
      }
    }
    throw new RecordFault('damaged', 'a number of more than 64 bits');
  }

  double(): number {
    const pos = this.pos;
    if (pos + 8 > this.end) throw truncated('a double');
    this.pos = pos + 8;
    return this.#view.getFloat64(pos, true);
  }

  float(): number {
    const pos = this.pos;
    if (pos + 4 > this.end) throw truncated('a float');
    this.pos = pos + 4;
    return this.#view.getFloat32(pos, true);
  }

  boolean(): boolean {
    if (this.pos >= this.end) throw truncated('a boolean');
    const byte = this.bytes[this.pos++];
    if (byte > 1) throw new RecordFault('damaged', `a boolean of ${byte}`);
    return byte === 1;
  }

  /** The index of a union's branch or of an enum's symbol, below `count`. */
  index(count: number): number {
    // A zig-zag number below 64 is one even byte.
    if (this.pos < this.end) {
      const byte = this.bytes[this.pos];
      if (byte < 0x80 && (byte & 1) === 0 && byte >>> 1 < count) {
        this.pos++;
        return byte >>> 1;
      }
    }
    const index = this.long();
    if (index < 0 || index >= count) throw new RecordFault('damaged', `branch or symbol ${index} of ${count}`);
    return index;
  }

  /** Passes a string or bytes: afterwards they lie from `start` to `pos`. */
  span(): void {
    const length = this.long();
    if (length < 0) throw new RecordFault('damaged', `a length of ${length}`);
    if (length > this.end - this.pos) throw truncated(`a string or bytes of ${length}`);
    this.start = this.pos;
    this.pos += length;
  }

  skip(bytes: number): void {
    if (bytes > this.end - this.pos) throw truncated(`${bytes} bytes`);
    this.pos += bytes;
  }

  /**
   * The number of items in the next block of an array or map, 0 at its end. `itemBytes` is the least that an item takes: a
   * count that the bytes left cannot hold is refused before anything is done for it.
   */
  block(itemBytes: number): number {
    let count = this.long();
    if (count < 0) {
      count = -count;
      const size = this.long();
      if (size < 0) throw new RecordFault('damaged', `a block of ${size} bytes`);
      if (size > this.end - this.pos) throw truncated(`a block of ${size} bytes`);
    }
    if (count * Math.max(itemBytes, 1) > this.end - this.pos) throw truncated(`a block of ${count} items`);
    return count;
  }

  /** Counts items that take no bytes: as many as the record has bytes, in all its arrays. */
  takeEmpty(count: number): void {
    this.#emptyLeft -= count;
    if (this.#emptyLeft < 0) throw new RecordFault('damaged', 'more items without bytes than the record has bytes');
  }

  /** The next string; `what` names it in the fault of one that is not UTF-8 or longer than `most` bytes. */
  text(most: number, what: string): string {
    this.span();
    return this.textOfSpan(most, what);
  }

  /** The string that `span` passed last. */
  textOfSpan(most: number, what: string): string {
    const { bytes, start, pos } = this;
    if (pos - start > most) throw new RecordFault('too_long', `${what} has ${pos - start} bytes, ${most} are allowed`);
    return textOf(bytes, start, pos, what);
  }
}

/** The string of a range of bytes; throws the fault `invalid_utf8`. */
function textOf(bytes: Buffer, start: number, end: number, what: string): string {
  for (let i = start; i < end; i++) {
    if (bytes[i] < 0x80) continue;
    if (!isUtf8(bytes.subarray(start, end))) throw new RecordFault('invalid_utf8', `${what} is not UTF-8`);
    return bytes.toString('utf8', start, end);
  }
  return bytes.toString('latin1', start, end);
}

function truncated(what: string): RecordFault {
  return new RecordFault('truncated', `the bytes end within ${what}`);
}
