import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Moments } from '@tidemark/sketches';
import { finiteNumbers, splits, tameNumbers } from './splits.js';

/** The steps between the least doubles are no part of their size: each of seven merges and as many additions may round by one. */
const LEAST_STEPS = 16 * Number.MIN_VALUE;

function assertNear(actual: number, expected: number, scale: number): void {
  assert.ok(
    Math.abs(actual - expected) <= 1e-9 * scale + LEAST_STEPS,
    `${actual} is not ${expected} to 1e-9 of ${scale}`,
  );
}

function assertSame(a: Moments, b: Moments): void {
  assert.deepEqual([a.count, a.min, a.max], [b.count, b.min, b.max]);
  const scale = Math.max(Math.abs(b.min), Math.abs(b.max));
  if (b.count > 0) assertNear(a.mean, b.mean, scale);
  if (b.count > 0) assertNear(a.m2, b.m2, Math.max(b.m2, scale * scale * 1e-3));
}

test('empty moments say so', () => {
  const empty = new Moments();
  assert.deepEqual([empty.count, empty.mean, empty.m2, empty.min, empty.max], [0, 0, 0, Infinity, -Infinity]);
  assert.ok(Number.isNaN(empty.variance));
  assert.ok(Number.isNaN(Moments.of([3]).standardDeviation));
});

test('moments are those of the definition', () => {
  const values = [2, 4, 4, 4, 5, 5, 7, 9];
  const moments = Moments.of(values);
  assert.equal(moments.mean, 5);
  assertNear(moments.m2, 32, 32);
  assertNear(moments.variance, 32 / 7, 5);
  const batch = new Moments();
  batch.addAll(Float64Array.from(values));
  assertSame(batch, moments);
});

test('a small spread far from zero keeps its variance', () => {
  const moments = new Moments();
  moments.addAll(Float64Array.from({ length: 1000 }, (_, i) => 1e9 + (i % 2)));
  assertNear(moments.m2, 250, 250);
  const constant = new Moments();
  constant.addAll(new Float64Array(1000).fill(0.1));
  assert.deepEqual([constant.mean, constant.m2], [0.1, 0]);
});

test('merging any parts in any order gives the moments of the whole', () => {
  fc.assert(
    fc.property(splits(tameNumbers, 200), ({ values, parts }) => {
      const merged = new Moments();
      for (const part of parts) {
        const moments = new Moments();
        moments.addAll(Float64Array.from(part));
        merged.merge(moments);
      }
      assertSame(merged, Moments.of(values));
    }),
  );
});

test('no finite values make a mean that is not finite, or any moment NaN', () => {
  fc.assert(
    fc.property(splits(finiteNumbers, 30), ({ values, parts }) => {
      const merged = new Moments();
      for (const part of parts) {
        const moments = new Moments();
        moments.addAll(Float64Array.from(part));
        merged.merge(moments);
      }
      for (const moments of [merged, Moments.of(values)]) {
        assert.ok(Number.isFinite(moments.mean), `mean ${moments.mean}`);
        assert.ok(moments.m2 >= 0, `m2 ${moments.m2}`);
      }
    }),
    { numRuns: 500 },
  );
});

test('parts round-trip, and impossible ones are refused', () => {
  const moments = Moments.of([1, 2, 10]);
  const { count, mean, m2, min, max } = moments;
  assertSame(Moments.fromParts({ count, mean, m2, min, max }), moments);
  assert.throws(() => Moments.fromParts({ count: 2, mean: NaN, m2, min, max }), RangeError);
  assert.throws(() => Moments.fromParts({ count: 2, mean, m2: -1, min, max }), RangeError);
  assert.throws(() => Moments.fromParts({ count: 2, mean, m2, min: 3, max: 1 }), RangeError);
  assert.throws(() => moments.add(NaN), RangeError);
});
