import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ColumnSketch } from '@tidemark/sketches';
import { ALL_EVENTS } from '../../../src/index.js';
import { countWidth } from '../../../src/summaries/window-counts.js';
import { WindowHistory } from '../../../src/evidence/columns/window-history.js';

const COLUMNS = [
  ColumnSketch.empty('x', 'numeric', { type: 'numeric', edges: Float64Array.of(0, 1), min: -1, max: 2 }),
  ColumnSketch.empty('plan', 'categorical', { type: 'categorical', categories: ['a', 'b'] }),
];
const FR = { dimension: 'country', value: 'FR' };

function counts(start: number) {
  const columns = COLUMNS.map((column, at) =>
    Float64Array.from({ length: countWidth(column) }, (_, i) => (start + 1) * 131 ** (i % 4) + at),
  );
  return { start, events: 1000 + start, columns };
}

test('keeps the last sixteen windows of each succession, and a restored history goes on as the original', () => {
  const history = new WindowHistory();
  history.useBaseline('b');
  const all = { horizon: 0, phase: 0, segment: ALL_EVENTS };
  for (let start = 0; start < 20; start++) history.push(all, counts(start));
  history.push({ ...all, segment: FR }, counts(3));
  history.closeUpTo(FR, 'x', 7);
  const restored = new WindowHistory();
  restored.restore(structuredClone(history.snapshot()), 'b', COLUMNS);
  const windows = restored.push(all, counts(20));
  assert.deepEqual(windows, history.push(all, counts(20)));
  assert.deepEqual(
    windows.map(({ start }) => start),
    Array.from({ length: 16 }, (_, i) => i + 5),
  );
  assert.deepEqual(restored.push({ ...all, segment: FR }, counts(4)), [counts(3), counts(4)]);
  assert.equal(restored.countsFrom(FR, 'x'), 7);
});

test('an incident of all events that ends is over in every segment, one of a segment in that one alone', () => {
  const history = new WindowHistory();
  history.closeUpTo(FR, 'x', 5);
  assert.equal(history.countsFrom(ALL_EVENTS, 'x'), -Infinity);
  history.closeUpTo(ALL_EVENTS, 'x', 9);
  assert.equal(history.countsFrom(FR, 'x'), 9);
  assert.equal(history.countsFrom(FR, 'plan'), -Infinity);
});

test('counts in the bins of another baseline are forgotten', () => {
  const history = new WindowHistory();
  history.useBaseline('b');
  const all = { horizon: 0, phase: 0, segment: ALL_EVENTS };
  history.push(all, counts(0));
  const restored = new WindowHistory();
  restored.restore(history.snapshot(), 'another', COLUMNS);
  assert.equal(restored.push(all, counts(1)).length, 1);
  history.useBaseline('another');
  assert.equal(history.push(all, counts(1)).length, 1);
});
