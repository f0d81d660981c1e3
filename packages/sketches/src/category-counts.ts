/** A category and how often it was counted. */
export type CategoryEntry = readonly [category: string, count: number];

/**
 * Counts of the most frequent categories in bounded room: a Misra–Gries summary (Misra & Gries, "Finding repeated elements",
 * 1982), merged as in Agarwal et al., "Mergeable summaries" (2012). Exact while there are no more categories than `capacity`;
 * past that each count is too low by at most {@link maxError}, which is at most total / (capacity + 1). `total` is always exact.
 *
 * @example
 * const counts = new CategoryCounts();
 * counts.add('DE', 3);
 * counts.add('BR');
 * counts.entries(); // [['DE', 3], ['BR', 1]]
 */
export class CategoryCounts {
  static readonly defaultCapacity = 256;
  readonly capacity: number;
  /** Up to twice the capacity while adding, so that a reduction is paid for by as many additions. */
  readonly #counts = new Map<string, number>();
  #total = 0;
  #entries: readonly CategoryEntry[] | null = null;

  /** @param capacity the most entries, a whole number of at least 1. */
  constructor(capacity: number = CategoryCounts.defaultCapacity) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) throw new RangeError(`A capacity of ${capacity} is no count`);
    this.capacity = capacity;
  }

  /** @throws RangeError where entries repeat, exceed the capacity or the total, or are no counts. */
  static fromEntries(
    entries: Iterable<CategoryEntry>,
    total: number,
    capacity: number = CategoryCounts.defaultCapacity,
  ): CategoryCounts {
    const counts = new CategoryCounts(capacity);
    for (const [category, count] of entries) {
      if (counts.#counts.has(category)) throw new RangeError(`The category ${JSON.stringify(category)} comes twice`);
      if (counts.#counts.size === capacity) throw new RangeError(`There are more than ${capacity} categories`);
      counts.add(category, count);
    }
    if (!Number.isSafeInteger(total) || total < counts.#total) {
      throw new RangeError(`A total of ${total} is less than the sum of its entries, or no count`);
    }
    counts.#total = total;
    return counts;
  }

  /** How many values were added: exact. */
  get total(): number {
    return this.#total;
  }

  /** How many of the values are in none of the entries' counts; 0 exactly when the entries are exact. */
  get other(): number {
    return this.entries().reduce((rest, [, count]) => rest - count, this.#total);
  }

  /** The most by which any count is too low; a category without an entry was seen at most this often. */
  get maxError(): number {
    return Math.floor(this.other / (this.capacity + 1));
  }

  /** @throws RangeError unless `n` is a whole number of at least 1. */
  add(category: string, n = 1): void {
    if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`${n} is no count`);
    this.#entries = null;
    this.#total += n;
    const count = this.#counts.get(category);
    this.#counts.set(category, count === undefined ? n : count + n);
    if (count === undefined && this.#counts.size > 2 * this.capacity) this.#reduce();
  }

  merge(other: CategoryCounts): void {
    const total = this.#total + other.#total;
    for (const [category, count] of [...other.#counts]) this.add(category, count);
    this.#total = total;
  }

  /** At most `capacity` entries, by count descending, then by category in code-unit order. */
  entries(): readonly CategoryEntry[] {
    if (this.#entries !== null) return this.#entries;
    const sorted = [...this.#counts].sort(byCountThenName);
    const excess = sorted.at(this.capacity)?.[1] ?? 0;
    const kept = excess === 0 ? sorted : sorted.slice(0, this.capacity).map(([name, n]) => [name, n - excess] as const);
    return (this.#entries = kept.filter(([, count]) => count > 0));
  }

  clone(): CategoryCounts {
    const copy = new CategoryCounts(this.capacity);
    for (const [category, count] of this.#counts) copy.#counts.set(category, count);
    copy.#total = this.#total;
    return copy;
  }

  /** Takes the (capacity + 1)-th greatest count off all: whatever is lost, capacity + 1 categories lose it together. */
  #reduce(): void {
    const kept = this.entries();
    this.#counts.clear();
    for (const [category, count] of kept) this.#counts.set(category, count);
  }
}

function byCountThenName(a: CategoryEntry, b: CategoryEntry): number {
  return b[1] - a[1] || (a[0] < b[0] ? -1 : 1);
}
