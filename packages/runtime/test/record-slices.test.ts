import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '@tidemark/transport';
import { slicesOf } from '../src/record-slices.js';

function recordsOf(sizes: readonly number[]): LogRecord[] {
  return sizes.map((size, offset) => {
    return { topic: 't', partition: 0, offset, key: null, value: Buffer.alloc(size), timestamp: 0, headers: {} };
  });
}

function offsetsOf(sizes: readonly number[]): number[][] {
  return [...slicesOf(recordsOf(sizes))].map((slice) => slice.map(({ offset }) => offset));
}

test('a batch is cut by count and by bytes, in order, and nothing of it is left out', () => {
  assert.deepEqual(offsetsOf([]), []);
  assert.deepEqual(offsetsOf([5, 5]), [[0, 1]]);
  assert.deepEqual(offsetsOf([600_000, 400_000, 100_000, 3_000_000, 1]), [[0, 1], [2], [3], [4]]);
  const many = offsetsOf(new Array<number>(4500).fill(10));
  assert.deepEqual(
    many.map(({ length }) => length),
    [2000, 2000, 500],
  );
  assert.deepEqual(many.flat(), [...Array(4500).keys()]);
});
