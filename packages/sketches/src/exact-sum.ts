/** Bits kept of each number. With 2^31 numbers of one magnitude their sum still fits in 53. */
const BITS = 21;
/** Magnitudes beyond 2^±128 are taken as that, or as 0. */
const MOST_EXPONENT = 128;

/**
 * A sum that is the same in whatever order its terms come and however they were grouped, and from which a term can be taken back:
 * each term is rounded to 21 significant bits (a relative error of at most 2^-21) and added as a whole number to those of its magnitude.
 */
export class ExactSum {
  /** By exponent; never 0. */
  readonly #parts = new Map<number, number>();

  /** @param term finite. @param sign -1 takes back a term that was added. */
  add(term: number, sign: 1 | -1 = 1): void {
    if (term === 0) return;
    const exponent = Math.min(MOST_EXPONENT, Math.floor(Math.log2(Math.abs(term))));
    if (exponent < -MOST_EXPONENT) return;
    const limit = 2 ** BITS;
    const whole = Math.round(term * 2 ** (BITS - 1 - exponent));
    this.#put(exponent, sign * Math.max(-limit, Math.min(limit, whole)));
  }

  merge(other: ExactSum): void {
    for (const [exponent, whole] of other.#parts) this.#put(exponent, whole);
  }

  get value(): number {
    let sum = 0;
    for (const [exponent, whole] of this.parts()) sum += whole * 2 ** (exponent - BITS + 1);
    return sum;
  }

  get isZero(): boolean {
    return this.#parts.size === 0;
  }

  /** Exponents with their whole numbers, by ascending exponent. */
  parts(): (readonly [exponent: number, whole: number])[] {
    return [...this.#parts].sort(([a], [b]) => a - b);
  }

  /** @throws RangeError where a part is none. */
  static fromParts(parts: Iterable<readonly [exponent: number, whole: number]>): ExactSum {
    const sum = new ExactSum();
    for (const [exponent, whole] of parts) {
      if (!Number.isSafeInteger(whole) || whole === 0 || Math.abs(exponent) > MOST_EXPONENT) {
        throw new RangeError(`a sum has no part of ${whole} at 2^${exponent}`);
      }
      sum.#put(exponent, whole);
    }
    return sum;
  }

  #put(exponent: number, whole: number): void {
    const sum = (this.#parts.get(exponent) ?? 0) + whole;
    if (sum === 0) this.#parts.delete(exponent);
    else this.#parts.set(exponent, sum);
  }
}
