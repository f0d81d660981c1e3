import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  binCount,
  CategoryCounts,
  deriveCategoricalLayout,
  deriveNumericLayout,
  nextUp,
  numericBin,
  numericLayout,
  TDigest,
} from '@tidemark/sketches';
import { normal, seeded } from './random.js';
import { finiteNumbers } from './splits.js';

function digestOf(values: Iterable<number>): TDigest {
  const digest = new TDigest();
  for (const value of values) digest.add(value);
  return digest;
}

test('quantile edges stay as given; repeats and those that cut off nothing go', () => {
  const layout = numericLayout([5, 2, 2, 0, 11], [], 0, 10);
  assert.deepEqual(layout, { type: 'numeric', edges: Float64Array.of(2, 5), min: 0, max: 10 });
});

test('an atom has a bin of its own, in the middle and at either end', () => {
  const { edges } = numericLayout([3, 6], [0, 3, 10], 0, 10);
  assert.deepEqual(edges, Float64Array.of(nextUp(0), 3, nextUp(3), 6, 10));
  assert.deepEqual(
    [0, 1, 3, 4, 7, 10].map((x) => numericBin(edges, x)),
    [0, 1, 2, 3, 4, 5],
  );
});

test('continuous values are cut into bins of equal mass', () => {
  const values = Float64Array.from({ length: 20_000 }, normal(seeded(5)));
  const layout = deriveNumericLayout(digestOf(values));
  assert.equal(binCount(layout), 10);
  const counts = new Float64Array(10);
  for (const value of values) counts[numericBin(layout.edges, value)]++;
  for (const count of counts) assert.ok(Math.abs(count / values.length - 0.1) < 0.01, String(counts));
  assert.deepEqual([layout.min, layout.max], [Math.min(...values), Math.max(...values)]);
});

test('zeros among continuous values get their own bin, past the exact mode too', () => {
  const random = seeded(6);
  const values = Array.from({ length: 5000 }, () => (random() < 0.4 ? 0 : random() * 4 - 2));
  const { edges } = deriveNumericLayout(digestOf(values));
  const zero = edges.indexOf(0);
  assert.ok(zero >= 0 && edges[zero + 1] === Number.MIN_VALUE);
});

test('few whole numbers get a bin each, and gaps between them too', () => {
  const { edges } = deriveNumericLayout(digestOf([1, 1, 2, 3, 7, 1e6]));
  const bins = [1, 2, 3, 5, 7, 100, 1e6].map((x) => numericBin(edges, x));
  assert.deepEqual(bins, [0, 1, 2, 3, 4, 5, 6]);
  const steps = deriveNumericLayout(digestOf(Array.from({ length: 20 }, (_, i) => i)));
  assert.equal(binCount(steps), 20);
  const many = deriveNumericLayout(digestOf(Array.from({ length: 21 }, (_, i) => i)));
  assert.equal(binCount(many), 10);
});

test('nothing, or one value, gives one bin', () => {
  assert.deepEqual(deriveNumericLayout(new TDigest()), {
    type: 'numeric',
    edges: new Float64Array(0),
    min: Infinity,
    max: -Infinity,
  });
  for (const value of [3, 0.5]) assert.equal(binCount(deriveNumericLayout(digestOf([value, value]))), 1);
});

test('whatever the values, edges ascend without repeats inside the range', () => {
  fc.assert(
    fc.property(
      fc.array(finiteNumbers, { minLength: 1, maxLength: 400, size: 'max' }),
      fc.integer({ min: 1, max: 30 }),
      (values, bins) => {
        const { edges, min, max } = deriveNumericLayout(digestOf(values), bins);
        for (let i = 0; i < edges.length; i++) {
          assert.ok(Number.isFinite(edges[i]) && edges[i] > (i === 0 ? min : edges[i - 1]) && edges[i] <= max);
        }
      },
    ),
  );
  assert.throws(() => deriveNumericLayout(digestOf([1]), 0), RangeError);
});

test('categories are laid out by count, then by name', () => {
  const counts = new CategoryCounts();
  for (const [name, count] of [['b', 2], ['a', 2], ['z', 9], ['rare', 1]] as const) counts.add(name, count); // prettier-ignore
  assert.deepEqual(deriveCategoricalLayout(counts).categories, ['z', 'a', 'b', 'rare']);
  assert.deepEqual(deriveCategoricalLayout(counts, 2).categories, ['z', 'a']);
});
