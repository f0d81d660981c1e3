import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CoMoments, decodeCoMoments, encodeCoMoments, SketchDecodeError } from '@tidemark/sketches';
import { normal, seeded } from './random.js';
import { splits } from './splits.js';

const COLUMNS = ['a', 'b', 'c'];

/** An event's scores; null where it lacks a column. */
type Event = readonly (number | null)[];

const events: fc.Arbitrary<Event> = fc.tuple(
  ...COLUMNS.map(() => fc.option(fc.integer({ min: -90, max: 90 }), { freq: 4 })),
);

function momentsOf(given: readonly Event[]): CoMoments {
  const moments = CoMoments.empty(COLUMNS);
  const scores = COLUMNS.map((_, column) => Float64Array.from(given, (event) => event[column] ?? 0));
  const present = COLUMNS.map((_, column) =>
    given.every((event) => event[column] !== null)
      ? null
      : Uint8Array.from(given, (event) => (event[column] === null ? 0 : 1)),
  );
  moments.add(scores, present, given.length);
  return moments;
}

function partsOf({ columns, events: count, sums, products, pairs }: CoMoments) {
  return { columns, count, sums: [...sums], products: [...products], pairs: [...pairs] };
}

test('sums are those of the definition, pair by pair', () => {
  const moments = momentsOf([
    [1, 2, null],
    [3, -4, 5],
    [null, 6, 7],
  ]);
  assert.deepEqual(partsOf(moments), {
    columns: COLUMNS,
    count: 3,
    sums: [4, 4, 12],
    products: [10, 2 - 12, 4 + 16 + 36, 15, -20 + 42, 25 + 49],
    pairs: [2, 2, 3, 1, 2, 2],
  });
});

test('merging any parts in any order gives the whole, exactly', () => {
  fc.assert(
    fc.property(splits(events, 60), ({ values, parts }) => {
      const merged = CoMoments.empty(COLUMNS);
      for (const part of parts) merged.merge(momentsOf(part));
      assert.deepEqual(partsOf(merged), partsOf(momentsOf(values)));
    }),
  );
});

test('moments read back are those that were written', () => {
  fc.assert(
    fc.property(fc.array(events, { maxLength: 40 }), (given) => {
      const moments = momentsOf(given);
      assert.deepEqual(partsOf(decodeCoMoments(COLUMNS, encodeCoMoments(moments))), partsOf(moments));
    }),
  );
});

test('damaged bytes are refused or are moments that scores can have', () => {
  const bytes = encodeCoMoments(
    momentsOf([
      [1, 2, null],
      [3, -4, 5],
      [null, 6, 7],
    ]),
  );
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeCoMoments(COLUMNS, bytes.subarray(0, length)), SketchDecodeError);
  }
  assert.throws(() => decodeCoMoments(['a'], bytes), SketchDecodeError);
  assert.throws(() => decodeCoMoments(COLUMNS, Uint8Array.of(...bytes, 0)), SketchDecodeError);
  const tooMany = bytes.slice();
  // More events lack the last column than there are.
  tooMany[tooMany.length - 1] = 4;
  assert.throws(() => decodeCoMoments(COLUMNS, tooMany), SketchDecodeError);
});

test('a correlation is over the events that have both', () => {
  const draw = normal(seeded(7));
  const given = Array.from({ length: 20_000 }, (): Event => {
    const [z, rest] = [draw(), draw()];
    const a = Math.round(32 * z);
    const b = Math.round(32 * (0.6 * z + 0.8 * rest));
    return [a, draw() > 0.5 ? null : b, 3];
  });
  const moments = momentsOf(given);
  assert.ok(Math.abs(moments.correlation(0, 1) - 0.6) < 0.02, String(moments.correlation(0, 1)));
  assert.equal(moments.correlation(1, 0), moments.correlation(0, 1));
  assert.ok(Number.isNaN(moments.correlation(0, 2)), 'a constant has no correlation');
  assert.ok(Number.isNaN(CoMoments.empty(COLUMNS).correlation(0, 1)));
});

test('moments of other columns are not merged', () => {
  assert.throws(() => CoMoments.empty(['a']).merge(CoMoments.empty(['b'])), RangeError);
});
