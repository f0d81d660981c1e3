import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  binCount,
  categoricalBin,
  describeBin,
  nextUp,
  numericBin,
  sameLayout,
  type BinLayout,
} from '@tidemark/sketches';
import { finiteNumbers } from './splits.js';

const numeric: BinLayout = { type: 'numeric', edges: Float64Array.of(2, nextUp(2), 5), min: 0, max: 9 };
const categorical: BinLayout = { type: 'categorical', categories: ['DE', 'BR'] };

test('a number lies in the bin right of the last edge that is at most it', () => {
  fc.assert(
    fc.property(fc.uniqueArray(finiteNumbers, { maxLength: 40 }), finiteNumbers, (numbers, x) => {
      const edges = Float64Array.from(numbers).sort();
      const expected = numbers.filter((edge) => edge <= x).length;
      assert.equal(numericBin(edges, x), expected);
    }),
  );
  assert.deepEqual(
    [-1, 2, 3, 5, 9].map((x) => numericBin(numeric.edges, x)),
    [0, 1, 2, 3, 3],
  );
  assert.equal(numericBin(Float64Array.of(0), -0), 1);
});

test('a category lies in its own bin, any other in the last', () => {
  assert.deepEqual(
    ['DE', 'BR', 'FR', '', 'constructor'].map((category) => categoricalBin(categorical, category)),
    [0, 1, 2, 2, 2],
  );
  assert.deepEqual([binCount(numeric), binCount(categorical)], [4, 3]);
});

test('bins are described for people', () => {
  const names = (layout: BinLayout): string[] =>
    Array.from({ length: binCount(layout) }, (_, bin) => describeBin(layout, bin));
  assert.deepEqual(names(numeric), ['(-∞, 2)', '= 2', '[2.0000000000000004, 5)', '[5, ∞)']);
  assert.deepEqual(names(categorical), ['DE', 'BR', 'unseen']);
  assert.deepEqual(names({ type: 'numeric', edges: new Float64Array(0), min: 0, max: 0 }), ['(-∞, ∞)']);
});

test('layouts are the same by content, the range included', () => {
  assert.ok(sameLayout(null, null));
  assert.ok(sameLayout(numeric, { ...numeric, edges: numeric.edges.slice() }));
  assert.ok(sameLayout(categorical, { type: 'categorical', categories: ['DE', 'BR'] }));
  assert.ok(!sameLayout(numeric, null));
  assert.ok(!sameLayout(numeric, categorical));
  assert.ok(!sameLayout(numeric, { ...numeric, max: 8 }));
  assert.ok(!sameLayout(categorical, { type: 'categorical', categories: ['BR', 'DE'] }));
});

test('nextUp is the least double above', () => {
  assert.equal(nextUp(1), 1 + Number.EPSILON);
  assert.equal(nextUp(0), Number.MIN_VALUE);
  assert.equal(nextUp(-0), Number.MIN_VALUE);
  assert.ok(Object.is(nextUp(-Number.MIN_VALUE), 0));
  assert.equal(nextUp(-1), -1 + Number.EPSILON / 2);
  assert.equal(nextUp(Number.MAX_VALUE), Infinity);
  assert.equal(nextUp(-Infinity), -Number.MAX_VALUE);
  assert.equal(nextUp(Infinity), Infinity);
  assert.ok(Number.isNaN(nextUp(NaN)));
});
