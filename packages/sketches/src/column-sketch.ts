import { binCount, categoricalBin, sameLayout, type BinLayout, type NumericLayout } from './bin-layout.js';
import { CategoryCounts } from './category-counts.js';
import { binCategories, binDigest, binNumbers, countBinned, requireLayout } from './column-bins.js';
import { HyperLogLog } from './hyper-log-log.js';
import { Moments } from './moments.js';
import { TDigest } from './t-digest.js';

/** What a column holds. An integer column is numeric with few different whole values; a boolean one has the categories `false` and `true`. */
export type ColumnKind = 'numeric' | 'integer' | 'categorical' | 'boolean';

/** All that a {@link ColumnSketch} holds, as a codec reads and writes it. */
export interface ColumnSketchParts {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly layout: BinLayout | null;
  readonly values: number;
  readonly nulls: number;
  readonly nan: number;
  readonly positiveInfinity: number;
  readonly negativeInfinity: number;
  readonly typeErrors: number;
  readonly outOfRange: number;
  readonly moments: Moments;
  readonly bins: Float64Array | null;
  readonly binsEstimated: boolean;
  readonly digest: TDigest | null;
  readonly categories: CategoryCounts | null;
  readonly distinct: HyperLogLog;
}

let finite = new Float64Array(1024);
let found = new Int32Array(1024);

/**
 * Everything that is kept of one column: counts of faults, moments, counts in the baseline's bins, a digest or category counts,
 * and a distinct estimate. Counts, bins, minimum, maximum, exact digests and distinct registers of a merge are those of the whole,
 * in any order; moments agree to 1e-9, digests and category counts within their stated errors.
 *
 * @example
 * const age = ColumnSketch.empty('age', 'numeric', null);
 * age.addNumbers(Float64Array.of(31, NaN, 47), 3);
 * age.addNull();
 * [age.values, age.nan, age.nulls, age.moments.mean]; // [2, 1, 1, 39]
 */
export class ColumnSketch implements ColumnSketchParts {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly layout: BinLayout | null;
  readonly moments: Moments;
  /** Counts in the layout's bins; null without a layout. */
  readonly bins: Float64Array | null;
  /** Of numeric and integer columns, otherwise null. */
  readonly digest: TDigest | null;
  /** Of categorical and boolean columns, otherwise null. */
  readonly categories: CategoryCounts | null;
  readonly distinct: HyperLogLog;
  #values = 0;
  #nulls = 0;
  #nan = 0;
  #positiveInfinity = 0;
  #negativeInfinity = 0;
  #typeErrors = 0;
  #outOfRange = 0;
  #binsEstimated = false;

  private constructor(
    parts: Pick<
      ColumnSketchParts,
      'name' | 'kind' | 'layout' | 'moments' | 'bins' | 'digest' | 'categories' | 'distinct'
    >,
  ) {
    this.name = parts.name;
    this.kind = parts.kind;
    this.layout = parts.layout;
    this.moments = parts.moments;
    this.bins = parts.bins;
    this.digest = parts.digest;
    this.categories = parts.categories;
    this.distinct = parts.distinct;
  }

  /** @throws RangeError where the layout does not suit the kind. */
  static empty(name: string, kind: ColumnKind, layout: BinLayout | null): ColumnSketch {
    const numeric = isNumeric(kind);
    requireLayout(layout, numeric, name);
    return new ColumnSketch({
      name,
      kind,
      layout,
      moments: new Moments(),
      bins: layout === null ? null : new Float64Array(binCount(layout)),
      digest: numeric ? new TDigest() : null,
      categories: numeric ? null : new CategoryCounts(),
      distinct: new HyperLogLog(),
    });
  }

  /**
   * The sketch of stored parts, which it takes over: don't change them afterwards.
   *
   * @throws RangeError where parts do not suit the kind or the layout, or are no counts.
   */
  static fromParts(parts: ColumnSketchParts): ColumnSketch {
    const { name, kind, layout, bins } = parts;
    const fault = (what: string): RangeError => new RangeError(`The column ${JSON.stringify(name)} ${what}`);
    requireLayout(layout, isNumeric(kind), name);
    if (isNumeric(kind) ? parts.digest === null : parts.categories === null) throw fault(`lacks its ${kind} summary`);
    if (isNumeric(kind) ? parts.categories !== null : parts.digest !== null)
      throw fault(`is not both: ${kind} and not`);
    if (bins?.length !== (layout === null ? undefined : binCount(layout)))
      throw fault('has bins that its layout lacks');
    if (bins?.some((count) => !isCount(count)) === true) throw fault('has bins that are no counts');
    const sketch = new ColumnSketch(parts);
    sketch.#values = parts.values;
    sketch.#nulls = parts.nulls;
    sketch.#nan = parts.nan;
    sketch.#positiveInfinity = parts.positiveInfinity;
    sketch.#negativeInfinity = parts.negativeInfinity;
    sketch.#typeErrors = parts.typeErrors;
    sketch.#outOfRange = parts.outOfRange;
    sketch.#binsEstimated = parts.binsEstimated;
    const counts = [parts.values, parts.nulls, parts.nan, parts.positiveInfinity, parts.negativeInfinity];
    if (![...counts, parts.typeErrors, parts.outOfRange].every(isCount)) throw fault('has parts that are no counts');
    return sketch;
  }

  /** How many valid values: finite numbers, or categories. */
  get values(): number {
    return this.#values;
  }

  get nulls(): number {
    return this.#nulls;
  }

  get nan(): number {
    return this.#nan;
  }

  get positiveInfinity(): number {
    return this.#positiveInfinity;
  }

  get negativeInfinity(): number {
    return this.#negativeInfinity;
  }

  /** Values of another type than the column's. */
  get typeErrors(): number {
    return this.#typeErrors;
  }

  /** How many of the values lie outside the layout's range; 0 without a numeric layout. */
  get outOfRange(): number {
    return this.#outOfRange;
  }

  /** Some counts came from a summary in other bins that did not tell exactly where its values lie. */
  get binsEstimated(): boolean {
    return this.#binsEstimated;
  }

  /** Adds a number; NaN and infinities are counted apart, and any number is a type error in a column of categories. */
  addNumber(value: number): void {
    finite[0] = value;
    this.addNumbers(finite, 1);
  }

  /**
   * Adds the first `n` numbers, as {@link addNumber} does, but faster.
   *
   * @param binned the bin of each in this sketch's layout, as `binNumbers` gives it, where it is known.
   */
  addNumbers(values: Float64Array, n: number, binned?: Int32Array): void {
    if (this.digest === null) {
      this.#typeErrors += n;
      return;
    }
    if (this.bins !== null && this.layout?.type === 'numeric') {
      this.#outOfRange += countBinned(this.layout, this.bins, values, binned ?? binsOf(this.layout, values, n), n);
    }
    const valid = this.#routeFaults(values, n);
    const numbers = valid === n ? values : finite;
    if (valid === 0) return;
    this.#values += valid;
    this.moments.addAll(numbers, valid);
    this.digest.addAll(numbers, valid);
    this.distinct.addNumbers(numbers, valid);
  }

  /** Adds a category; a type error in any column that is not categorical. */
  addString(value: string): void {
    if (this.kind === 'categorical') this.addCategory(value, 1);
    else this.#typeErrors++;
  }

  /** Adds `false` or `true`; a type error in any column that is not boolean. */
  addBoolean(value: boolean): void {
    if (this.kind === 'boolean') this.addCategory(value ? 'true' : 'false', 1);
    else this.#typeErrors++;
  }

  /**
   * Adds a category that was seen `count` times, a whole number of at least 1. Type errors in a numeric column, and in a boolean one for
   * anything but `false` and `true`.
   */
  addCategory(category: string, count: number): void {
    const known = this.kind !== 'boolean' || category === 'true' || category === 'false';
    if (this.categories === null || !known) {
      this.#typeErrors += count;
      return;
    }
    this.categories.add(category, count);
    this.#values += count;
    this.distinct.addString(category);
    if (this.bins !== null && this.layout?.type === 'categorical') {
      this.bins[categoricalBin(this.layout, category)] += count;
    }
  }

  addNull(n = 1): void {
    this.#nulls += n;
  }

  addTypeError(n = 1): void {
    this.#typeErrors += n;
  }

  /**
   * Adds what another sketch of the same column holds. The layout stays this one's: what was counted in other bins is counted again
   * from the other's digest or categories, exactly where those are exact, else `binsEstimated` turns true. Values of another kind are
   * type errors; numeric and integer are one kind here.
   *
   * @throws RangeError for another column's sketch.
   */
  merge(other: ColumnSketch): void {
    if (other.name !== this.name) {
      throw new RangeError(`The columns ${JSON.stringify(this.name)} and ${JSON.stringify(other.name)} do not merge`);
    }
    this.#nulls += other.#nulls;
    this.#nan += other.#nan;
    this.#positiveInfinity += other.#positiveInfinity;
    this.#negativeInfinity += other.#negativeInfinity;
    this.#typeErrors += other.#typeErrors;
    if (other.kind !== this.kind && !(isNumeric(this.kind) && isNumeric(other.kind))) {
      this.#typeErrors += other.#values;
      return;
    }
    if (other.#values === 0) return;
    this.#mergeBins(other);
    this.#values += other.#values;
    this.moments.merge(other.moments);
    this.distinct.merge(other.distinct);
    if (other.digest !== null) this.digest?.merge(other.digest);
    if (other.categories !== null) this.categories?.merge(other.categories);
  }

  clone(): ColumnSketch {
    return ColumnSketch.fromParts({
      name: this.name,
      kind: this.kind,
      layout: this.layout,
      values: this.#values,
      nulls: this.#nulls,
      nan: this.#nan,
      positiveInfinity: this.#positiveInfinity,
      negativeInfinity: this.#negativeInfinity,
      typeErrors: this.#typeErrors,
      outOfRange: this.#outOfRange,
      binsEstimated: this.#binsEstimated,
      moments: this.moments.clone(),
      bins: this.bins?.slice() ?? null,
      digest: this.digest?.clone() ?? null,
      categories: this.categories?.clone() ?? null,
      distinct: this.distinct.clone(),
    });
  }

  /** Counts NaN and infinities; where there are any, the finite numbers move to the front of `finite`. @returns how many are finite. */
  #routeFaults(values: Float64Array, n: number): number {
    let i = 0;
    while (i < n && values[i] - values[i] === 0) i++;
    if (i === n) return n;
    if (finite.length < n) finite = new Float64Array(2 * n);
    if (finite !== values) finite.set(values.subarray(0, i));
    let valid = i;
    for (; i < n; i++) {
      const value = values[i];
      if (value - value === 0) finite[valid++] = value;
      else if (value === Infinity) this.#positiveInfinity++;
      else if (value === -Infinity) this.#negativeInfinity++;
      else this.#nan++;
    }
    return valid;
  }

  #mergeBins(other: ColumnSketch): void {
    const { bins, layout } = this;
    if (bins === null || layout === null) return;
    const same = sameLayout(layout, other.layout);
    const theirs = same
      ? { bins: other.bins, outOfRange: other.#outOfRange, estimated: other.#binsEstimated }
      : recount();
    if (!theirs?.bins) return;
    for (let bin = 0; bin < bins.length; bin++) bins[bin] += theirs.bins[bin];
    this.#outOfRange += theirs.outOfRange;
    this.#binsEstimated ||= theirs.estimated;

    function recount() {
      if (layout?.type === 'numeric') return other.digest && binDigest(layout, other.digest);
      return layout && other.categories && binCategories(layout, other.categories);
    }
  }
}

function binsOf(layout: NumericLayout, values: Float64Array, n: number): Int32Array {
  if (found.length < n) found = new Int32Array(2 * n);
  binNumbers(layout, values, n, found);
  return found;
}

function isNumeric(kind: ColumnKind): boolean {
  return kind === 'numeric' || kind === 'integer';
}

function isCount(n: number): boolean {
  return Number.isFinite(n) && n >= 0;
}
