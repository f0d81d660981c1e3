import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CategoryCounts } from '@tidemark/sketches';
import { seeded } from './random.js';
import { splits } from './splits.js';

const names = fc.integer({ min: 0, max: 40 }).map((i) => `c${Math.floor(i ** 1.5)}`);

function truth(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** Asserts what the summary promises of every category, seen or not. */
function assertWithinError(counts: CategoryCounts, values: readonly string[]): void {
  const expected = truth(values);
  const kept = new Map(counts.entries());
  const sum = [...kept.values()].reduce((a, b) => a + b, 0);
  assert.equal(counts.total, values.length);
  assert.equal(counts.other, values.length - sum);
  assert.ok(kept.size <= counts.capacity);
  assert.ok(counts.maxError <= values.length / (counts.capacity + 1));
  for (const [name, count] of expected) {
    const seen = kept.get(name) ?? 0;
    assert.ok(seen <= count && seen >= count - counts.maxError, `${name}: ${seen} of ${count}, ±${counts.maxError}`);
  }
}

test('within the capacity counts are exact, sorted by count then name', () => {
  const counts = new CategoryCounts();
  assert.deepEqual([counts.entries(), counts.total, counts.other, counts.maxError], [[], 0, 0, 0]);
  counts.add('b');
  counts.add('a');
  counts.add('c', 5);
  counts.add('', 1);
  assert.deepEqual(counts.entries(), [['c', 5], ['', 1], ['a', 1], ['b', 1]]); // prettier-ignore
  assert.deepEqual([counts.total, counts.other, counts.maxError], [8, 0, 0]);
});

test('in any parts and any order, exact within the capacity and within the error past it', () => {
  fc.assert(
    fc.property(splits(names, 400), fc.constantFrom(1, 3, 10, 41), ({ values, parts }, capacity) => {
      const merged = new CategoryCounts(capacity);
      for (const part of parts) {
        const counts = new CategoryCounts(capacity);
        for (const value of part) counts.add(value);
        assertWithinError(counts, part);
        merged.merge(counts);
      }
      assertWithinError(merged, values);
      if (truth(values).size <= capacity) {
        assert.equal(merged.other, 0);
        assert.deepEqual(new Map(merged.entries()), truth(values));
      }
    }),
  );
});

test('a stream of ever new names stays in its bound and keeps the frequent ones', () => {
  const uniform = seeded(7);
  const values = Array.from({ length: 50_000 }, (_, i) => (uniform() < 0.2 ? `top-${i % 3}` : `id-${i}`));
  const counts = new CategoryCounts(64);
  for (const value of values) counts.add(value);
  assertWithinError(counts, values);
  const first = counts.entries().slice(0, 3);
  assert.deepEqual(first.map(([name]) => name).sort(), ['top-0', 'top-1', 'top-2']);
});

test('reading changes nothing, and stored entries round-trip', () => {
  fc.assert(
    fc.property(fc.array(names, { maxLength: 200 }), (values) => {
      const [read, unread] = [new CategoryCounts(5), new CategoryCounts(5)];
      for (const value of values) {
        read.add(value);
        read.entries();
        unread.add(value);
      }
      assert.deepEqual(read.entries(), unread.entries());
      const stored = CategoryCounts.fromEntries(read.entries(), read.total, 5);
      assert.deepEqual(
        [stored.entries(), stored.total, stored.other, stored.maxError],
        [read.entries(), read.total, read.other, read.maxError],
      );
    }),
  );
});

test('merging with itself doubles, and a copy is its own', () => {
  const counts = new CategoryCounts(4);
  for (const name of ['a', 'b', 'a']) counts.add(name);
  const copy = counts.clone();
  counts.merge(counts);
  assert.deepEqual([counts.entries(), counts.total], [[['a', 4], ['b', 2]], 6]); // prettier-ignore
  assert.deepEqual([copy.entries(), copy.total], [[['a', 2], ['b', 1]], 3]); // prettier-ignore
});

test('what is no count is refused', () => {
  const counts = new CategoryCounts(2);
  for (const n of [0, -1, 0.5, NaN, Infinity]) assert.throws(() => counts.add('a', n), RangeError);
  assert.throws(() => new CategoryCounts(0), RangeError);
  assert.throws(() => CategoryCounts.fromEntries([['a', 2]], 1), RangeError);
  assert.throws(() => CategoryCounts.fromEntries([['a', 1], ['a', 1]], 2), RangeError); // prettier-ignore
  assert.throws(() => CategoryCounts.fromEntries([['a', 1], ['b', 1]], 2, 1), RangeError); // prettier-ignore
});
