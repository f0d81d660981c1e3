import { normalCdf, normalQuantile } from '../distributions/normal.js';

const FURTHEST = 4;
const STEP = 0.02;
const STEPS = Math.round((2 * FURTHEST) / STEP);

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
  /**
   * By step: the value of the contrast, which ascends with the steps, then the shares that go with it. Computed when it is asked for the first time:
   * windows lie close to the middle, so that most steps never are, and all of them would be some megabytes a stream.
   */
  readonly #steps = new Map<number, Float64Array>();
  readonly #cuts: Float64Array;
  readonly #contrast: Float64Array;

  /**
   * @param shares the bins' probabilities in the baseline, in order; they sum to 1.
   * @param contrast the location contrast of these bins, a value a bin.
   */
  constructor(shares: ArrayLike<number>, contrast: ArrayLike<number>) {
    this.#cuts = cutsOf(shares);
    this.#contrast = Float64Array.from(contrast);
  }

  /** @returns the shares of the bins; those of the furthest shift, four standard deviations, for a value beyond it. */
  sharesAt(value: number): Float64Array {
    let low = 0;
    let high = STEPS;
    if (!(value > this.#step(low)[0])) return this.#step(low).slice(1);
    if (value >= this.#step(high)[0]) return this.#step(high).slice(1);
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#step(middle)[0] <= value) low = middle;
      else high = middle;
    }
    const [before, after] = [this.#step(low), this.#step(high)];
    const along = (value - before[0]) / (after[0] - before[0]);
    const between = new Float64Array(this.#cuts.length);
    for (let bin = 0; bin < between.length; bin++) {
      const share = before[bin + 1];
      between[bin] = share + along * (after[bin + 1] - share);
    }
    return between;
  }

  #step(at: number): Float64Array {
    let step = this.#steps.get(at);
    if (step === undefined) this.#steps.set(at, (step = this.#compute(at * STEP - FURTHEST)));
    return step;
  }

  #compute(shift: number): Float64Array {
    const bins = this.#cuts.length;
    const step = new Float64Array(bins + 1);
    fillShifted(step.subarray(1), this.#cuts, shift);
    for (let bin = 0; bin < bins; bin++) step[0] += step[bin + 1] * this.#contrast[bin];
    return step;
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
