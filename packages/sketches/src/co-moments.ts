/**
 * First and second moments of several columns' scores: how many events, the sum of each column's scores, and for each pair of
 * columns the sum of products and how many events have both. Scores are whole numbers, so that every sum is exact and the order of
 * adding and merging leaves no trace. Pairs are counted by themselves, as a missing value must not look like a lost correlation.
 *
 * Takes 8 d (d + 2) bytes for d columns.
 *
 * @example
 * ```ts
 * const moments = CoMoments.empty(['a', 'b']);
 * moments.add([Float64Array.of(1, -1), Float64Array.of(2, -2)], [null, null], 2);
 * moments.correlation(0, 1); // 1
 * ```
 */
export class CoMoments {
  #events = 0;

  private constructor(
    /** Names of the columns, in the order of their numbers. */
    readonly columns: readonly string[],
    readonly sums: Float64Array,
    /** For each pair (i, j ≤ i), row by row: the sum of the products of their scores. */
    readonly products: Float64Array,
    /** For each pair, likewise: how many events have both. */
    readonly pairs: Float64Array,
  ) {}

  static empty(columns: readonly string[]): CoMoments {
    const size = triangle(columns.length);
    return new CoMoments(columns, new Float64Array(columns.length), new Float64Array(size), new Float64Array(size));
  }

  /** @throws RangeError for sums that no scores can have. */
  static fromParts(parts: CoMomentParts): CoMoments {
    const { columns, events, sums, products, pairs } = parts;
    const size = triangle(columns.length);
    if (sums.length !== columns.length || products.length !== size || pairs.length !== size) {
      throw new RangeError(
        `${sums.length} sums and ${products.length} products are not those of ${columns.length} columns`,
      );
    }
    for (const part of [sums, products, pairs]) {
      if (!part.every(Number.isSafeInteger)) throw new RangeError('a sum is not a whole number');
    }
    for (let i = 0; i < columns.length; i++) {
      const own = place(i, i);
      if (pairs[own] < 0 || pairs[own] > events)
        throw new RangeError(`${pairs[own]} of ${events} events have a column`);
      // By Cauchy and Schwarz.
      if (sums[i] * sums[i] > products[own] * pairs[own] * (1 + 1e-9))
        throw new RangeError('a sum exceeds its squares');
      for (let j = 0; j < i; j++) {
        const both = pairs[place(i, j)];
        if (both < 0 || both > pairs[own] || both > pairs[place(j, j)]) {
          throw new RangeError('more events have two columns than one of them');
        }
      }
    }
    const moments = new CoMoments(columns, sums, products, pairs);
    moments.#events = events;
    return moments;
  }

  get events(): number {
    return this.#events;
  }

  /**
   * Adds events.
   *
   * @param scores for each column a whole number an event, 0 where the event lacks it.
   * @param present for each column 1 where the event has it, 0 where not; null: all have it.
   */
  add(scores: readonly Float64Array[], present: readonly (Uint8Array | null)[], events: number): void {
    this.#events += events;
    const { sums, products, pairs } = this;
    let at = 0;
    for (let i = 0; i < scores.length; i++) {
      const ours = scores[i];
      let sum = 0;
      for (let row = 0; row < events; row++) sum += ours[row];
      sums[i] += sum;
      for (let j = 0; j <= i; j++, at++) {
        products[at] += sumOfProducts(ours, scores[j], events);
        pairs[at] += bothPresent(present[i], present[j], events);
      }
    }
  }

  /** @throws RangeError where the other has other columns. */
  merge(other: CoMoments): void {
    if (!sameNames(this.columns, other.columns)) throw new RangeError('moments of other columns cannot be merged');
    this.#events += other.#events;
    addTo(this.sums, other.sums);
    addTo(this.products, other.products);
    addTo(this.pairs, other.pairs);
  }

  clone(): CoMoments {
    const copy = CoMoments.empty(this.columns);
    copy.merge(this);
    return copy;
  }

  /** How many events have both columns. */
  both(i: number, j: number): number {
    return this.pairs[place(Math.max(i, j), Math.min(i, j))];
  }

  /**
   * The correlation of two columns' scores over the events that have both, −1 to 1; NaN where one of them does not vary.
   * Means and variances are each column's own, over the events that have it.
   */
  correlation(i: number, j: number): number {
    const both = this.both(i, j);
    if (both === 0) return NaN;
    const scale = Math.sqrt(this.#variance(i) * this.#variance(j));
    const covariance = this.products[place(Math.max(i, j), Math.min(i, j))] / both - this.#mean(i) * this.#mean(j);
    return scale > 0 ? Math.max(-1, Math.min(1, covariance / scale)) : NaN;
  }

  #mean(i: number): number {
    return this.sums[i] / this.both(i, i);
  }

  #variance(i: number): number {
    return this.products[place(i, i)] / this.both(i, i) - this.#mean(i) ** 2;
  }
}

export interface CoMomentParts {
  readonly columns: readonly string[];
  readonly events: number;
  readonly sums: Float64Array;
  readonly products: Float64Array;
  readonly pairs: Float64Array;
}

/** How many pairs, those of a column with itself included, so many columns have. */
export function triangle(columns: number): number {
  return (columns * (columns + 1)) / 2;
}

/** Where the pair (i, j ≤ i) stands. */
function place(i: number, j: number): number {
  return triangle(i) + j;
}

/** In four sums at a time, as additions to one must wait for each other; of whole numbers they add up to the same. */
function sumOfProducts(a: Float64Array, b: Float64Array, events: number): number {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  let row = 0;
  for (; row + 3 < events; row += 4) {
    first += a[row] * b[row];
    second += a[row + 1] * b[row + 1];
    third += a[row + 2] * b[row + 2];
    fourth += a[row + 3] * b[row + 3];
  }
  for (; row < events; row++) first += a[row] * b[row];
  return first + second + third + fourth;
}

function bothPresent(a: Uint8Array | null, b: Uint8Array | null, events: number): number {
  if (a === null && b === null) return events;
  let both = 0;
  for (let row = 0; row < events; row++) both += (a === null ? 1 : a[row]) & (b === null ? 1 : b[row]);
  return both;
}

function addTo(sums: Float64Array, others: Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] += others[i];
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((name, i) => name === b[i]));
}
