import { compressRun, mergeRuns, runMeans, runWeights } from './centroid-run.js';
import { cdfAt, cdfBelow, knotsOf, quantileAt, type CdfKnots } from './cdf-knots.js';

const MAX_DISTINCT = 256;
const FIRST_BUFFER = 32;
const FULL_BUFFER = 1024;
const EMPTY = new Float64Array(0);

/** What is known of centroids besides their means and weights. */
export interface CentroidOptions {
  /** The centroids are all the distinct values, with their counts. */
  readonly exact: boolean;
  /** The least value; by default the first mean. */
  readonly min?: number;
  /** The greatest value; by default the last mean. */
  readonly max?: number;
  readonly compression?: number;
}

/**
 * A summary of a distribution that answers quantiles and cumulative shares: the merging t-digest of Dunning & Ertl, "Computing
 * extremely accurate quantiles using t-digests" (2019), with the scale function k1, and no randomness. Up to 256 distinct values
 * are kept as they are, so that discrete columns and small samples lose nothing; `exact` tells. A value with more of the mass than
 * a centroid may have keeps a centroid of its own past that too, and is known as an atom.
 *
 * At compression 200 `cdf` is within 0.005 of the empirical one: measured on continuous, heavy-tailed, two-moded, rounded and
 * zero-inflated values, up to a million, in one piece and merged from 1000 parts in random order. Where the mass lies in many
 * clusters far apart for their width, centroids span gaps between them, and the error is at most 0.04. 0 and -0 are one value.
 *
 * @example
 * const digest = new TDigest();
 * for (const x of [1, 2, 2, 10]) digest.add(x);
 * [digest.quantile(0.5), digest.cdf(2), digest.max]; // [2, 0.75, 10]
 */
export class TDigest {
  static readonly defaultCompression = 200;
  static readonly maxDistinct = MAX_DISTINCT;
  readonly compression: number;
  #means: Float64Array = EMPTY;
  #weights: Float64Array = EMPTY;
  #size = 0;
  #count = 0;
  #min = Infinity;
  #max = -Infinity;
  #exact = true;
  #buffer: Float64Array = EMPTY;
  #buffered = 0;
  #knots: CdfKnots | null = null;

  /** @param compression about how many centroids to keep, a whole number from 20 to 10000. */
  constructor(compression: number = TDigest.defaultCompression) {
    if (!Number.isInteger(compression) || compression < 20 || compression > 10_000) {
      throw new RangeError(`A compression of ${compression} is not a whole number from 20 to 10000`);
    }
    this.compression = compression;
  }

  /** @throws RangeError unless means ascend, all is finite, weights are positive and min and max enclose the means. */
  static fromCentroids(means: ArrayLike<number>, weights: ArrayLike<number>, options: CentroidOptions): TDigest {
    const digest = new TDigest(options.compression);
    const size = means.length;
    if (weights.length !== size) throw new RangeError(`${size} means cannot have ${weights.length} weights`);
    if (options.exact && size > MAX_DISTINCT) throw new RangeError(`${size} values are too many for an exact digest`);
    let count = 0;
    for (let i = 0; i < size; i++) {
      const ordered = i === 0 || (options.exact ? means[i] > means[i - 1] : means[i] >= means[i - 1]);
      if (!Number.isFinite(means[i]) || !ordered) throw new RangeError('Means must be finite and ascend');
      if (!(weights[i] > 0)) throw new RangeError('Weights must be positive');
      count += weights[i];
    }
    if (!Number.isFinite(count)) throw new RangeError('Weights must be finite');
    if (size > 0) {
      digest.#min = (options.exact ? undefined : options.min) ?? means[0];
      digest.#max = (options.exact ? undefined : options.max) ?? means[size - 1];
      const encloses = digest.#min <= means[0] && digest.#max >= means[size - 1];
      if (!encloses || !Number.isFinite(digest.#min) || !Number.isFinite(digest.#max)) {
        throw new RangeError('Min and max must be finite and enclose the means');
      }
    }
    digest.#means = Float64Array.from(means);
    digest.#weights = Float64Array.from(weights);
    digest.#size = size;
    digest.#count = count;
    digest.#exact = options.exact || size === 0;
    return digest;
  }

  /** The sum of all weights. */
  get count(): number {
    return this.#count;
  }

  /** The least value; Infinity when empty. */
  get min(): number {
    this.#flush();
    return this.#min;
  }

  /** The greatest value; -Infinity when empty. */
  get max(): number {
    this.#flush();
    return this.#max;
  }

  /** All distinct values are kept with their weights: no more than 256 of them, and none came from a compressed digest. */
  get exact(): boolean {
    this.#flush();
    return this.#exact;
  }

  /** @throws RangeError for a value that is not finite, or a weight that is not finite and positive. */
  add(value: number, weight = 1): void {
    if (!Number.isFinite(value)) throw new RangeError(`A digest is of finite numbers, not ${value}`);
    if (!(weight > 0 && weight < Infinity)) throw new RangeError(`A weight of ${weight} is not positive and finite`);
    this.#count += weight;
    this.#knots = null;
    if (weight === 1) {
      if (this.#buffered === this.#buffer.length) this.#makeRoom(1);
      this.#buffer[this.#buffered++] = value;
    } else {
      this.#mergeRun(Float64Array.of(value), Float64Array.of(weight), 1, value, value);
    }
  }

  /** Adds the first `n` values. @throws RangeError, having added none, where one of them is not finite. */
  addAll(values: Float64Array, n = values.length): void {
    for (let i = 0; i < n; i++) {
      if (values[i] - values[i] !== 0) throw new RangeError(`A digest is of finite numbers, not ${values[i]}`);
    }
    this.#append(values, n);
  }

  merge(other: TDigest): void {
    if (other === this) other = this.clone();
    if (other.#size > 0) {
      const weights = other.#weights;
      this.#knots = null;
      if (other.#exact && weightsAreOne(weights, other.#size)) {
        this.#append(other.#means, other.#size);
      } else {
        this.#exact &&= other.#exact;
        for (let i = 0; i < other.#size; i++) this.#count += weights[i];
        this.#mergeRun(other.#means, weights, other.#size, other.#min, other.#max);
      }
    }
    this.#append(other.#buffer, other.#buffered);
  }

  /** The centroids by ascending mean: all distinct values where `exact`. Copies. */
  centroids(): { readonly means: Float64Array; readonly weights: Float64Array } {
    this.#flush();
    return { means: this.#means.slice(0, this.#size), weights: this.#weights.slice(0, this.#size) };
  }

  /** The cumulative distribution as the points between which it is linear and at which it jumps; no points when empty. */
  knots(): CdfKnots {
    this.#flush();
    return (this.#knots ??= knotsOf(
      this.#means.subarray(0, this.#size),
      this.#weights.subarray(0, this.#size),
      this.#count,
      { min: this.#min, max: this.#max, exact: this.#exact, compression: this.compression },
    ));
  }

  /** The share of values at most `x`, 0 to 1: the empirical step function where `exact`. NaN when empty or for NaN. */
  cdf(x: number): number {
    return cdfAt(this.knots(), x);
  }

  /** The share of values less than `x`, 0 to 1; NaN when empty or for NaN. */
  cdfBelow(x: number): number {
    return cdfBelow(this.knots(), x);
  }

  /**
   * The least x with cdf(x) >= q: the inverse of the cumulative distribution (type 1 of Hyndman & Fan 1996 where `exact`); the
   * minimum at 0, the maximum at 1. NaN when empty. @throws RangeError unless q is from 0 to 1.
   */
  quantile(q: number): number {
    if (!(q >= 0 && q <= 1)) throw new RangeError(`A quantile is asked for a share from 0 to 1, not ${q}`);
    return quantileAt(this.knots(), q);
  }

  /** The values that are known to hold at least `share` of the mass each, ascending. */
  atoms(share: number): number[] {
    const { x, below, upTo } = this.knots();
    return Array.from(x).filter((_, i) => upTo[i] > below[i] && upTo[i] - below[i] >= share);
  }

  clone(): TDigest {
    const copy = new TDigest(this.compression);
    copy.#means = this.#means.slice(0, this.#size);
    copy.#weights = this.#weights.slice(0, this.#size);
    copy.#size = this.#size;
    copy.#count = this.#count;
    copy.#min = this.#min;
    copy.#max = this.#max;
    copy.#exact = this.#exact;
    copy.#buffer = this.#buffer.slice(0, this.#buffered);
    copy.#buffered = this.#buffered;
    return copy;
  }

  #append(values: Float64Array, n: number): void {
    if (n === 0) return;
    this.#knots = null;
    this.#count += n;
    for (let start = 0; start < n;) {
      if (this.#buffered === this.#buffer.length) this.#makeRoom(n - start);
      const end = Math.min(n, start + this.#buffer.length - this.#buffered);
      this.#buffer.set(start === 0 && end === values.length ? values : values.subarray(start, end), this.#buffered);
      this.#buffered += end - start;
      start = end;
    }
  }

  /** The buffer starts small, as a pane may see a column a few times only, and grows with use. */
  #makeRoom(wanted: number): void {
    if (this.#buffered >= FULL_BUFFER) {
      this.#flush();
      return;
    }
    let length = Math.max(FIRST_BUFFER, this.#buffer.length * 2);
    while (length < FULL_BUFFER && length < this.#buffered + wanted) length *= 2;
    const grown = new Float64Array(Math.min(FULL_BUFFER, length));
    grown.set(this.#buffer.subarray(0, this.#buffered));
    this.#buffer = grown;
  }

  #flush(): void {
    const n = this.#buffered;
    if (n === 0) return;
    const run = this.#buffer.subarray(0, n).sort();
    this.#buffered = 0;
    this.#mergeRun(run, null, n, run[0], run[n - 1]);
  }

  #mergeRun(means: Float64Array, weights: Float64Array | null, n: number, min: number, max: number): void {
    if (min < this.#min) this.#min = min + 0;
    if (max > this.#max) this.#max = max + 0;
    let size = mergeRuns(this.#means, this.#weights, this.#size, means, weights, n);
    this.#exact &&= size <= MAX_DISTINCT;
    if (!this.#exact) size = compressRun(size, this.compression);
    if (this.#means.length < size) {
      const length = Math.min(2 * size, Math.max(size, MAX_DISTINCT));
      this.#means = new Float64Array(length);
      this.#weights = new Float64Array(length);
    }
    this.#means.set(runMeans(size));
    this.#weights.set(runWeights(size));
    this.#size = size;
  }
}

function weightsAreOne(weights: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) if (weights[i] !== 1) return false;
  return true;
}
