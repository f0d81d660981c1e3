import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_EVENTS, BaselineWindowsBuilder, type Segment } from '../src/index.js';

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

test('the last 512 windows are kept, of however long a source', () => {
  const builder = new BaselineWindowsBuilder(SETTINGS, COLUMNS);
  for (let window = 0; window < 3000; window++) builder.add(ALL_EVENTS, at(window * HOUR));
  builder.add(ALL_EVENTS, at(0));
  const { windows } = builder.build().segments[0];
  assert.deepEqual([windows.length, windows[0].start / HOUR, windows[511].start / HOUR], [512, 2488, 2999]);
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
    [1, 400],
    [1, 400],
  ]);
});

test('a source without times is one window', () => {
  const builder = new BaselineWindowsBuilder(null, COLUMNS);
  builder.add(ALL_EVENTS, at(1));
  builder.add(ALL_EVENTS, at(1e12));
  const { size, segments } = builder.build();
  assert.deepEqual([size, segments[0].windows.length, segments[0].windows[0].events], [0, 1, 20]);
});
