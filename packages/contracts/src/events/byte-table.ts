import { randomFillSync } from 'node:crypto';

/** Slots that are looked at for one string before the table takes another key: far more than chance asks for, with half of them empty. */
const MOST_PROBES = 128;

/** What a byte adds to a hash, for each of 256, and the factor: nobody outside the process can tell which names collide. */
const ofProcess = randomKey();

function randomKey(): Int32Array {
  const key = randomFillSync(new Int32Array(257));
  key[256] |= 1;
  return key;
}

/**
 * Strings known by their bytes: gives the number of a string's bytes without making the string. Numbers count up from 0 in
 * the order of `add`, whatever the hashes are. Open addressing with linear probing over hashes in the manner of FNV-1a, keyed: each byte
 * is mixed in by a random number of its own, as strings prepared to collide would make every search a walk through all of them.
 */
export class ByteTable {
  #slots = new Int32Array(16).fill(-1);
  #hashes = new Int32Array(8);
  /** Entry i's bytes lie in the arena from #starts[i] to #starts[i + 1]. */
  #starts = new Int32Array(9);
  #arena = new Uint8Array(128);
  #size = 0;

  /** @param key 256 numbers and an odd one; the process's own, drawn when it starts, unless stated. */
  constructor(private key: Int32Array = ofProcess) {}

  get size(): number {
    return this.#size;
  }

  /** Bytes of memory. */
  get held(): number {
    return this.#slots.byteLength + this.#hashes.byteLength + this.#starts.byteLength + this.#arena.byteLength;
  }

  /** The number of the bytes from start to end, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(this.key, bytes, start, end);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot];
      if (entry === -1) return -1;
      if (this.#hashes[entry] === hash && this.equals(entry, bytes, start, end)) return entry;
    }
  }

  /** Whether the entry has the bytes from start to end. */
  equals(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#starts[entry];
    if (this.#starts[entry + 1] - from !== end - start) return false;
    const arena = this.#arena;
    // From the end: names of columns often differ in their last characters only.
    for (let i = end - 1, at = from + end - start - 1; i >= start; i--, at--) if (arena[at] !== bytes[i]) return false;
    return true;
  }

  /** Adds bytes that `find` did not know; gives their number. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const entry = this.#size++;
    if (entry >= this.#hashes.length) this.#grow();
    const from = this.#starts[entry];
    const to = from + end - start;
    if (to > this.#arena.length) {
      const arena = new Uint8Array(Math.max(to, this.#arena.length * 2));
      arena.set(this.#arena);
      this.#arena = arena;
    }
    this.#arena.set(bytes.subarray(start, end), from);
    this.#starts[entry + 1] = to;
    this.#hashes[entry] = hashOf(this.key, bytes, start, end);
    if (!this.#place(entry)) this.#rekey();
    return entry;
  }

  #grow(): void {
    const capacity = this.#hashes.length * 2;
    const hashes = new Int32Array(capacity);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const starts = new Int32Array(capacity + 1);
    starts.set(this.#starts);
    this.#starts = starts;
    this.#slots = new Int32Array(capacity * 2).fill(-1);
    for (let entry = 0; entry < this.#size - 1; entry++) this.#place(entry);
  }

  /** @returns whether a free slot was near enough; it is taken in any case. */
  #place(entry: number): boolean {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes[entry] & mask;
    let probes = 0;
    for (; this.#slots[slot] !== -1; probes++) slot = (slot + 1) & mask;
    this.#slots[slot] = entry;
    return probes < MOST_PROBES;
  }

  /** Places all entries anew under a key of this table's own. */
  #rekey(): void {
    this.key = randomKey();
    this.#slots.fill(-1);
    for (let entry = 0; entry < this.#size; entry++) {
      this.#hashes[entry] = hashOf(this.key, this.#arena, this.#starts[entry], this.#starts[entry + 1]);
      this.#place(entry);
    }
  }
}

function hashOf(key: Int32Array, bytes: Uint8Array, start: number, end: number): number {
  const factor = key[256];
  let hash = 0x811c9dc5 | 0;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ key[bytes[i]], factor);
  // The low bits of a product are its weakest; the table's slot is taken from them.
  return hash ^ (hash >>> 15);
}
