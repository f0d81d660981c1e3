/**
 * Strings known by their bytes: gives the number of a string's bytes without making the string. Numbers count up from 0 in
 * the order of `add`. Open addressing with linear probing over FNV-1a hashes.
 */
export class ByteTable {
  #slots = new Int32Array(16).fill(-1);
  #hashes = new Int32Array(8);
  /** Entry i's bytes lie in the arena from #starts[i] to #starts[i + 1]. */
  #starts = new Int32Array(9);
  #arena = new Uint8Array(128);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The number of the bytes from start to end, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
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
    this.#hashes[entry] = hashOf(bytes, start, end);
    this.#place(entry);
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

  #place(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes[entry] & mask;
    while (this.#slots[slot] !== -1) slot = (slot + 1) & mask;
    this.#slots[slot] = entry;
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  // FNV's low bits are its weakest; the table's slot is taken from them.
  return hash ^ (hash >>> 15);
}
