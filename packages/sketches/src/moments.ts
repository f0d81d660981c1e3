/** What {@link Moments} holds, as stored. */
export interface MomentParts {
  readonly count: number;
  readonly mean: number;
  /** The sum of squared deviations from the mean. */
  readonly m2: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Count, mean, sum of squared deviations, least and greatest value, by Welford's update ("Note on a method for calculating
 * corrected sums of squares and products", 1962), merged as Chan, Golub & LeVeque ("Updating formulae and a pairwise algorithm
 * for computing sample variances", 1979). Count, min and max do not depend on order; mean and m2 agree to 1e-9 of the data's
 * scale. Where squares exceed the range of doubles m2 is Infinity; the mean stays finite.
 *
 * @example
 * const moments = Moments.of([1, 2, 3]);
 * moments.merge(Moments.of([4]));
 * [moments.count, moments.mean, moments.variance]; // [4, 2.5, 1.6666666666666667]
 */
export class Moments implements MomentParts {
  #count = 0;
  #mean = 0;
  #m2 = 0;
  #min = Infinity;
  #max = -Infinity;

  static of(values: Iterable<number>): Moments {
    const moments = new Moments();
    for (const value of values) moments.add(value);
    return moments;
  }

  /** @throws RangeError for parts that no values have. */
  static fromParts(parts: MomentParts): Moments {
    const { count, mean, m2, min, max } = parts;
    const moments = new Moments();
    if (count === 0) return moments;
    const ordered = min <= max && Number.isFinite(min) && Number.isFinite(max);
    if (!(count > 0 && Number.isFinite(count) && Number.isFinite(mean) && m2 >= 0 && ordered)) {
      throw new RangeError(`No values have count ${count}, mean ${mean}, m2 ${m2}, min ${min} and max ${max}`);
    }
    moments.#count = count;
    moments.#mean = mean;
    moments.#m2 = m2;
    moments.#min = min;
    moments.#max = max;
    return moments;
  }

  get count(): number {
    return this.#count;
  }

  /** 0 when empty. */
  get mean(): number {
    return this.#mean;
  }

  /** The sum of squared deviations from the mean; 0 when empty. */
  get m2(): number {
    return this.#m2;
  }

  /** Infinity when empty. */
  get min(): number {
    return this.#min;
  }

  /** -Infinity when empty. */
  get max(): number {
    return this.#max;
  }

  /** The sample variance, m2 / (count - 1); NaN for fewer than two values. */
  get variance(): number {
    return this.#count < 2 ? NaN : this.#m2 / (this.#count - 1);
  }

  /** The square root of the sample variance; NaN for fewer than two values. */
  get standardDeviation(): number {
    return Math.sqrt(this.variance);
  }

  /** @throws RangeError for NaN and infinities. */
  add(value: number): void {
    if (!Number.isFinite(value)) throw new RangeError(`Moments are of finite numbers, not ${value}`);
    const x = value + 0;
    this.#combine(1, x, 0, x, x);
  }

  /** Adds the first `n` values, which must be finite: their mean first, then their deviations, then one merge. */
  addAll(values: Float64Array, n = values.length): void {
    if (n === 0) return;
    let sum = 0;
    let min = Infinity;
    let max = -Infinity;
    for (let i = 0; i < n; i++) {
      const value = values[i];
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    if (!Number.isFinite(sum)) {
      for (let i = 0; i < n; i++) this.add(values[i]);
      return;
    }
    // A constant batch has no deviation, whatever the rounding of its sum.
    const mean = min === max ? min : sum / n;
    let m2 = 0;
    let residual = 0;
    for (let i = 0; i < n; i++) {
      const deviation = values[i] - mean;
      residual += deviation;
      m2 += deviation * deviation;
    }
    // The mean's own rounding, taken off again (Chan, Golub & LeVeque's corrected two-pass form).
    if (m2 < Infinity) m2 = Math.max(0, m2 - (residual * residual) / n);
    this.#combine(n, mean + 0, m2, min + 0, max + 0);
  }

  merge(other: Moments): void {
    if (other.#count > 0) this.#combine(other.#count, other.#mean, other.#m2, other.#min, other.#max);
  }

  clone(): Moments {
    return Moments.fromParts(this);
  }

  #combine(count: number, mean: number, m2: number, min: number, max: number): void {
    const total = this.#count + count;
    const delta = mean - this.#mean;
    const share = count / total;
    if (this.#count === 0) {
      this.#mean = mean;
      this.#m2 = m2;
    } else if (delta !== 0) {
      const step = delta * share;
      // Means at opposite ends of the doubles differ by more than a double holds.
      this.#mean = Number.isFinite(delta) ? this.#mean + step : this.#mean * (1 - share) + mean * share;
      this.#m2 += m2 + delta * step * this.#count;
    } else {
      this.#m2 += m2;
    }
    this.#count = total;
    if (min < this.#min) this.#min = min;
    if (max > this.#max) this.#max = max;
  }
}
