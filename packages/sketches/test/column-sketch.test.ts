import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  binNumbers,
  ColumnSketch,
  deriveNumericLayout,
  numericLayout,
  TDigest,
  type BinLayout,
} from '@tidemark/sketches';
import { normal, seeded, shuffled } from './random.js';
import { splits, tameNumbers } from './splits.js';

const numericBins: BinLayout = numericLayout([-3, 2, 50], [0], -1000, 1000);
const categoryBins: BinLayout = { type: 'categorical', categories: ['a', 'b'] };

type Cell = number | string | boolean | null | undefined;

const cells: fc.Arbitrary<Cell> = fc.oneof(
  { weight: 6, arbitrary: tameNumbers },
  { weight: 2, arbitrary: fc.constantFrom('a', 'b', 'c', 'true') },
  fc.constantFrom(NaN, Infinity, -Infinity),
  fc.boolean(),
  fc.constantFrom(null, undefined),
);

function add(sketch: ColumnSketch, cell: Cell): void {
  if (typeof cell === 'number') sketch.addNumber(cell);
  else if (typeof cell === 'string') sketch.addString(cell);
  else if (typeof cell === 'boolean') sketch.addBoolean(cell);
  else if (cell === null) sketch.addNull();
  else sketch.addTypeError();
}

/** Everything that must be equal whatever the order. */
function exactParts(sketch: ColumnSketch): unknown {
  const { values, nulls, nan, positiveInfinity, negativeInfinity, typeErrors, outOfRange, bins } = sketch;
  return {
    counts: [values, nulls, nan, positiveInfinity, negativeInfinity, typeErrors, outOfRange],
    bins,
    estimated: sketch.binsEstimated,
    moments: [sketch.moments.count, sketch.moments.min, sketch.moments.max],
    digest: sketch.digest?.exact === true ? sketch.digest.centroids() : (sketch.digest?.count ?? null),
    categories: sketch.categories?.entries(),
    registers: sketch.distinct.registers,
  };
}

const columns = [
  ['numeric', numericBins],
  ['integer', null],
  ['categorical', categoryBins],
  ['boolean', { type: 'categorical', categories: ['false', 'true'] }],
] as const;

for (const [kind, layout] of columns) {
  test(`${kind}: merging any parts in any order gives the whole's sketch`, () => {
    fc.assert(
      fc.property(splits(cells, 400), ({ values, parts }) => {
        const whole = ColumnSketch.empty('x', kind, layout);
        for (const cell of values) add(whole, cell);
        const merged = ColumnSketch.empty('x', kind, layout);
        for (const part of parts) {
          const sketch = ColumnSketch.empty('x', kind, layout);
          for (const cell of part) add(sketch, cell);
          merged.merge(ColumnSketch.fromParts(sketch));
        }
        assert.deepEqual(exactParts(merged), exactParts(whole));
        const scale = Math.max(1, Math.abs(whole.moments.min), Math.abs(whole.moments.max));
        if (whole.moments.count > 0) assert.ok(Math.abs(merged.moments.mean - whole.moments.mean) <= 1e-9 * scale);
        const { values: valid, nulls, nan, positiveInfinity, negativeInfinity, typeErrors } = whole;
        assert.equal(valid + nulls + nan + positiveInfinity + negativeInfinity + typeErrors, values.length);
        if (whole.bins !== null) assert.equal(whole.bins.reduce((a, b) => a + b, 0), valid); // prettier-ignore
      }),
    );
  });
}

test('a batch is its values one by one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(tameNumbers, fc.constantFrom(NaN, Infinity, -Infinity)), { maxLength: 300 }),
      (list) => {
        for (const layout of [
          numericBins,
          deriveNumericLayout(digestOf(Array.from({ length: 99 }, (_, i) => i / 3)), 40),
        ]) {
          const [batch, single] = [
            ColumnSketch.empty('x', 'numeric', layout),
            ColumnSketch.empty('x', 'numeric', layout),
          ];
          batch.addNumbers(Float64Array.from([...list, 12345]), list.length);
          for (const value of list) single.addNumber(value);
          assert.deepEqual(exactParts(batch), exactParts(single));
          const binned = new Int32Array(list.length);
          binNumbers(layout, Float64Array.from(list), list.length, binned);
          const known = ColumnSketch.empty('x', 'numeric', layout);
          known.addNumbers(Float64Array.from(list), list.length, binned);
          assert.deepEqual(exactParts(known), exactParts(single));
        }
      },
    ),
  );
});

test('a batch longer than any before it, full of faults, loses nothing', () => {
  const sketch = ColumnSketch.empty('x', 'numeric', numericBins);
  const values = Float64Array.from({ length: 30_000 }, (_, i) => (i % 3 === 0 ? NaN : i));
  sketch.addNumbers(values, values.length);
  assert.deepEqual(
    [sketch.nan, sketch.values, sketch.digest?.count, sketch.moments.max],
    [10_000, 20_000, 20_000, 29_999],
  );
});

function digestOf(values: Iterable<number>): TDigest {
  const digest = new TDigest();
  for (const value of values) digest.add(value);
  return digest;
}

test('bins and range: an edge counts to its right, an atom alone, and what lies outside is counted', () => {
  const sketch = ColumnSketch.empty('x', 'numeric', numericBins);
  for (const x of [-5000, -3, 0, -0, 1, 2, 1000, 1001]) sketch.addNumber(x);
  assert.deepEqual(sketch.bins, Float64Array.of(1, 1, 2, 1, 1, 2));
  assert.equal(sketch.outOfRange, 2);
});

test('a sketch in other bins is counted again, exactly from an exact digest', () => {
  fc.assert(
    fc.property(fc.array(tameNumbers, { maxLength: 200 }), (values) => {
      const direct = ColumnSketch.empty('x', 'numeric', numericBins);
      const unbinned = ColumnSketch.empty('x', 'numeric', null);
      direct.addNumbers(Float64Array.from(values), values.length);
      unbinned.addNumbers(Float64Array.from(values), values.length);
      const merged = ColumnSketch.empty('x', 'integer', numericBins);
      merged.merge(unbinned);
      assert.deepEqual(exactParts(merged), exactParts(direct));
    }),
  );
});

test('a compressed digest is counted again to its rank error, and the bins say so', () => {
  const values = shuffled([...Float64Array.from({ length: 20_000 }, normal(seeded(8)))], 2);
  const layout = numericLayout([-1, 0, 1], [], -2, 2);
  const [direct, unbinned] = [ColumnSketch.empty('x', 'numeric', layout), ColumnSketch.empty('x', 'numeric', null)];
  for (const sketch of [direct, unbinned]) sketch.addNumbers(Float64Array.from(values), values.length);
  const merged = ColumnSketch.empty('x', 'numeric', layout);
  merged.merge(unbinned);
  assert.ok(merged.binsEstimated && !direct.binsEstimated);
  assert.ok(merged.bins !== null && direct.bins !== null);
  assert.equal(merged.bins.reduce((a, b) => a + b, 0), values.length); // prettier-ignore
  for (let bin = 0; bin < 4; bin++) assert.ok(Math.abs(merged.bins[bin] - direct.bins[bin]) <= 0.01 * values.length);
  assert.ok(Math.abs(merged.outOfRange - direct.outOfRange) <= 0.01 * values.length);
});

test('categories in other bins are counted again; those that were dropped are estimated as unseen', () => {
  const unbinned = ColumnSketch.empty('x', 'categorical', null);
  for (const [category, count] of [['b', 3], ['z', 2]] as const) unbinned.addCategory(category, count); // prettier-ignore
  const merged = ColumnSketch.empty('x', 'categorical', categoryBins);
  merged.merge(unbinned);
  assert.deepEqual([merged.bins, merged.binsEstimated], [Float64Array.of(0, 3, 2), false]);
  for (let i = 0; i < 1000; i++) unbinned.addCategory(`id-${i}`, 1);
  const full = ColumnSketch.empty('x', 'categorical', categoryBins);
  full.merge(unbinned);
  assert.ok(full.binsEstimated);
  assert.equal(full.bins?.reduce((a, b) => a + b, 0), 1005); // prettier-ignore
});

test('values of another kind are type errors, faults add up', () => {
  const numbers = ColumnSketch.empty('x', 'numeric', null);
  numbers.addNumbers(Float64Array.of(1, 2, NaN), 3);
  numbers.addNull(4);
  const texts = ColumnSketch.empty('x', 'categorical', null);
  texts.addString('a');
  texts.merge(numbers);
  assert.deepEqual([texts.values, texts.typeErrors, texts.nan, texts.nulls], [1, 2, 1, 4]);
  numbers.addCategory('a', 5);
  numbers.addBoolean(true);
  assert.equal(numbers.typeErrors, 6);
  const flags = ColumnSketch.empty('x', 'boolean', null);
  flags.addCategory('true', 2);
  flags.addCategory('yes', 3);
  assert.deepEqual([flags.values, flags.typeErrors], [2, 3]);
});

test('a copy is its own', () => {
  const sketch = ColumnSketch.empty('x', 'numeric', numericBins);
  sketch.addNumber(1);
  const copy = sketch.clone();
  assert.deepEqual(exactParts(copy), exactParts(sketch));
  const before = exactParts(copy);
  sketch.addNumbers(Float64Array.of(2, NaN), 2);
  assert.deepEqual(exactParts(copy), before);
});

test('parts that do not fit together are refused', () => {
  const sketch = ColumnSketch.empty('x', 'numeric', numericBins);
  const parts = { ...pick(sketch) };
  assert.deepEqual(exactParts(ColumnSketch.fromParts(parts)), exactParts(sketch));
  assert.throws(() => ColumnSketch.fromParts({ ...parts, digest: null }), RangeError);
  assert.throws(() => ColumnSketch.fromParts({ ...parts, bins: new Float64Array(2) }), RangeError);
  assert.throws(() => ColumnSketch.fromParts({ ...parts, bins: null }), RangeError);
  assert.throws(() => ColumnSketch.fromParts({ ...parts, kind: 'categorical' }), RangeError);
  assert.throws(() => ColumnSketch.fromParts({ ...parts, values: -1 }), RangeError);
  assert.throws(() => ColumnSketch.empty('x', 'numeric', categoryBins), RangeError);
  assert.throws(() => sketch.merge(ColumnSketch.empty('y', 'numeric', null)), RangeError);
});

function pick(sketch: ColumnSketch) {
  const { name, kind, layout, values, nulls, nan, positiveInfinity, negativeInfinity, typeErrors } = sketch;
  const { outOfRange, moments, bins, binsEstimated, digest, categories, distinct } = sketch;
  const counts = { values, nulls, nan, positiveInfinity, negativeInfinity, typeErrors, outOfRange };
  return { name, kind, layout, ...counts, moments, bins, binsEstimated, digest, categories, distinct };
}
