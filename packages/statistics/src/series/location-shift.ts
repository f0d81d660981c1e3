import { normalCdf, normalQuantile } from '../distributions/normal.js';

const FURTHEST = 4;
const STEP = 0.02;

/**
 * What a mere shift of location does to a column's bins: for a value of the location contrast, the shares of the bins when
 * the normal variable beneath them is shifted by as much as gives that value. Spread and shape are judged by what is left
 * after it, so that a column whose mean wanders does not seem to change its shape as well.
 *
 * @example
 * ```ts
 * new LocationShift([0.5, 0.5], [-1, 1]).sharesAt(0.2)[1]; // 0.6
 * new LocationShift([0.5, 0.5], [-1, 1]).sharesAt(0)[1]; // 0.5
 * ```
 */
export class LocationShift {
  /** Values of the contrast, ascending, with the shares that go with each. */
  readonly #values: Float64Array;
  /** One after the other, as hundreds of small arrays a column would keep the collector busy. */
  readonly #shares: Float64Array;
  readonly #bins: number;

  /**
   * @param shares the bins' probabilities in the baseline, in order; they sum to 1.
   * @param contrast the location contrast of these bins, a value a bin.
   */
  constructor(shares: ArrayLike<number>, contrast: ArrayLike<number>) {
    const cuts = cutsOf(shares);
    const steps = Math.round((2 * FURTHEST) / STEP);
    this.#values = new Float64Array(steps + 1);
    this.#bins = shares.length;
    this.#shares = new Float64Array((steps + 1) * this.#bins);
    for (let i = 0; i <= steps; i++) {
      const from = i * this.#bins;
      fillShifted(this.#shares.subarray(from, from + this.#bins), cuts, i * STEP - FURTHEST);
      for (let bin = 0; bin < this.#bins; bin++) this.#values[i] += this.#shares[from + bin] * contrast[bin];
    }
  }

  /** @returns the shares of the bins; those of the furthest shift, four standard deviations, for a value beyond it. */
  sharesAt(value: number): Float64Array {
    const values = this.#values;
    let low = 0;
    let high = values.length - 1;
    if (!(value > values[low])) return this.#at(low);
    if (value >= values[high]) return this.#at(high);
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (values[middle] <= value) low = middle;
      else high = middle;
    }
    const along = (value - values[low]) / (values[high] - values[low]);
    const between = new Float64Array(this.#bins);
    for (let bin = 0; bin < this.#bins; bin++) {
      const share = this.#shares[low * this.#bins + bin];
      between[bin] = share + along * (this.#shares[high * this.#bins + bin] - share);
    }
    return between;
  }

  #at(step: number): Float64Array {
    return this.#shares.slice(step * this.#bins, (step + 1) * this.#bins);
  }
}

function cutsOf(shares: ArrayLike<number>): Float64Array {
  const cuts = new Float64Array(shares.length);
  let below = 0;
  for (let bin = 0; bin < shares.length; bin++) {
    below += shares[bin];
    cuts[bin] = bin === shares.length - 1 || below >= 1 - 1e-12 ? Infinity : normalQuantile(below);
  }
  return cuts;
}

function fillShifted(into: Float64Array, cuts: Float64Array, shift: number): void {
  let before = 0;
  for (let bin = 0; bin < cuts.length; bin++) {
    const upTo = cuts[bin] === Infinity ? 1 : normalCdf(cuts[bin] - shift);
    into[bin] = upTo - before;
    before = upTo;
  }
}
