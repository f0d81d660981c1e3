import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HyperLogLog } from '@tidemark/sketches';
import { finiteNumbers, splits } from './splits.js';

const STANDARD_ERROR = 1.04 / Math.sqrt(1024);

/** The root mean square of the relative error over 200 sketches of n different values each. */
function relativeError(n: number, add: (sketch: HyperLogLog, value: number) => void): number {
  let squares = 0;
  for (let round = 0; round < 200; round++) {
    const sketch = new HyperLogLog();
    for (let i = 0; i < n; i++) add(sketch, round * n + i);
    squares += (sketch.estimate() / n - 1) ** 2;
  }
  return Math.sqrt(squares / 200);
}

test('the standard error is 1.04/sqrt(1024) at every size and for values that resemble each other', () => {
  const kinds: readonly ((sketch: HyperLogLog, value: number) => void)[] = [
    (sketch, value) => sketch.addNumber(value),
    (sketch, value) => sketch.addNumber(value / 10),
    (sketch, value) => sketch.addNumber(value * 2 ** 40),
    (sketch, value) => sketch.addString(`user-${value}`),
  ];
  for (const add of kinds) {
    for (const n of [10, 100, 1000, 3000, 20_000]) {
      const error = relativeError(n, add);
      // 200 rounds know the error to about 5 %; three of those are allowed.
      assert.ok(error < STANDARD_ERROR * 1.15, `${error} at ${n}`);
    }
  }
});

test('small sets are counted nearly exactly, the empty one as 0', () => {
  const sketch = new HyperLogLog();
  assert.equal(sketch.estimate(), 0);
  assert.ok(sketch.isEmpty);
  for (let i = 0; i < 100; i++) sketch.addString('always the same');
  assert.equal(Math.round(sketch.estimate()), 1);
  assert.ok(!sketch.isEmpty);
});

test('0 and -0 are one value', () => {
  const [plus, minus] = [new HyperLogLog(), new HyperLogLog()];
  plus.addNumber(0);
  minus.addNumbers(Float64Array.of(-0));
  assert.deepEqual(plus.registers, minus.registers);
});

test('saturated registers give a finite estimate', () => {
  const sketch = HyperLogLog.fromRegisters(new Uint8Array(1024).fill(HyperLogLog.maxRank - 1));
  assert.ok(Number.isFinite(sketch.estimate()) && sketch.estimate() > 2 ** 53);
});

test('the hash is pinned, as stored registers depend on it', () => {
  const sketch = new HyperLogLog();
  sketch.addNumber(1.5);
  sketch.addString('tide');
  const set = [...sketch.registers].flatMap((rank, index) => (rank > 0 ? [[index, rank]] : []));
  assert.deepEqual(set, [
    [554, 2],
    [792, 4],
  ]);
});

test('merging any parts in any order gives the registers of the whole, one by one or in a batch', () => {
  fc.assert(
    fc.property(splits(finiteNumbers, 300), ({ values, parts }) => {
      const whole = new HyperLogLog();
      for (const value of values) whole.addNumber(value);
      const merged = new HyperLogLog();
      for (const part of parts) {
        const sketch = new HyperLogLog();
        sketch.addNumbers(Float64Array.from(part));
        merged.merge(sketch);
      }
      assert.deepEqual(merged.registers, whole.registers);
    }),
  );
});

test('registers of another shape are refused', () => {
  assert.throws(() => HyperLogLog.fromRegisters(new Uint8Array(1023)), RangeError);
  assert.throws(() => HyperLogLog.fromRegisters(new Uint8Array(1024).fill(HyperLogLog.maxRank + 1)), RangeError);
});
