import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_EVENTS, type Segment } from '../../src/index.js';
import { BaselineWindowsBuilder } from '../../src/baselines/baseline-windows-builder.js';

const HOUR = 3_600_000;
const SETTINGS = { size: HOUR, slide: HOUR, origin: 0 };
const COLUMNS = [{ layout: null }];
const FR: Segment = { dimension: 'country', value: 'FR' };
const at = (start: number, nulls = 1) => ({ start, events: 10, columns: [Float64Array.of(nulls, 0, 0, 0, 0)] });

test('counts of one window add up, in whatever order they come, all events first', () => {
  const builder = new BaselineWindowsBuilder(SETTINGS, COLUMNS);
  builder.add(FR, at(5 * HOUR));
  for (const start of [7.5 * HOUR, 5 * HOUR, 7 * HOUR]) builder.add(ALL_EVENTS, at(start, 3));
  const { size, segments } = builder.build();
  assert.equal(size, HOUR);
  assert.deepEqual(
    segments.map(({ segment, windows }) => [segment.value, windows.map((each) => [each.start / HOUR, each.events])]),
    [
      [
        '',
        [
          [5, 10],
          [7, 20],
        ],
      ],
      ['FR', [[5, 10]]],
    ],
  );
  assert.deepEqual([...segments[0].windows[1].columns[0]], [6, 0, 0, 0, 0]);
});

test('the last windows are kept, of however long a source: 4032, fewer of wide ones, 512 of the widest', () => {
  const keptOf = (wide: number): [number, number, number] => {
    const builder = new BaselineWindowsBuilder(
      SETTINGS,
      Array.from({ length: wide }, () => ({ layout: null })),
    );
    const columns = Array.from({ length: wide }, () => Float64Array.of(1, 0, 0, 0, 0));
    for (let window = 0; window < 5000; window++)
      builder.add(ALL_EVENTS, { start: window * HOUR, events: 10, columns });
    builder.add(ALL_EVENTS, { start: 0, events: 10, columns });
    const { windows } = builder.build().segments[0];
    return [windows.length, windows[0].start / HOUR, windows.at(-1)!.start / HOUR];
  };
  assert.deepEqual(keptOf(1), [4032, 968, 4999]);
  assert.deepEqual(keptOf(100), [1996, 3004, 4999], 'a million counts');
  assert.deepEqual(keptOf(1000), [512, 4488, 4999]);
});

test('segments beyond the room keep their sums', () => {
  const wide = Array.from({ length: 100 }, () => ({ layout: null }));
  const builder = new BaselineWindowsBuilder(SETTINGS, wide);
  const columns = wide.map(() => Float64Array.of(1, 0, 0, 0, 0));
  for (let window = 0; window < 400; window++) {
    for (const segment of [ALL_EVENTS, FR, { ...FR, value: 'US' }]) {
      builder.add(segment, { start: window * HOUR, events: 10, columns });
    }
  }
  const lengths = builder.build().segments.map(({ windows }) => [windows.length, windows[0].columns[0][0]]);
  assert.deepEqual(lengths, [
    [400, 1],
    [400, 1],
    [1, 400],
  ]);
});

test('segments far beyond the room are summed up as they come, the first in order last, and lose nothing', () => {
  const builder = new BaselineWindowsBuilder(SETTINGS, COLUMNS);
  const names = Array.from({ length: 300 }, (_, n) => String(n).padStart(3, '0'));
  for (let window = 0; window < 1000; window++) {
    builder.add(ALL_EVENTS, at(window * HOUR));
    for (const value of names) builder.add({ ...FR, value }, at(window * HOUR));
  }
  const [, ...segments] = builder.build().segments;
  const apart = segments.filter(({ windows }) => windows.length > 1);
  assert.deepEqual(
    apart.map(({ segment }) => segment.value),
    names.slice(0, 50),
    'six counts a window: fifty segments have 300,000',
  );
  for (const { segment, windows } of segments) {
    const nulls = windows.reduce((sum, { columns }) => sum + columns[0][0], 0);
    assert.equal(nulls, 1000, segment.value);
  }
});

test('a source without times is one window', () => {
  const builder = new BaselineWindowsBuilder(null, COLUMNS);
  builder.add(ALL_EVENTS, at(1));
  builder.add(ALL_EVENTS, at(1e12));
  const { size, segments } = builder.build();
  assert.deepEqual([size, segments[0].windows.length, segments[0].windows[0].events], [0, 1, 20]);
});

test('of columns so wide that 512 windows are more than 21 million counts, as many are kept as are not', () => {
  const builder = new BaselineWindowsBuilder(SETTINGS, [
    { layout: { type: 'categorical', categories: Array.from({ length: 69_993 }, (_, at) => `c${at}`) } },
  ]);
  const columns = [Float64Array.of(1)];
  for (let window = 0; window < 2000; window++) builder.add(ALL_EVENTS, { start: window * HOUR, events: 10, columns });
  const { windows } = builder.build().segments[0];
  assert.ok(windows.length < 512 && windows.length >= 299, String(windows.length));
  assert.equal(windows.at(-1)!.start / HOUR, 1999);
});
