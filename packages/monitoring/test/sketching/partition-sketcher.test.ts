import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartitionSketcher } from '../../src/index.js';
import { batchOf, knowledgeOf, MINUTE, MONITOR, START, type TestEvent } from '../fixtures.js';

const summary = (sketcher: PartitionSketcher) =>
  sketcher
    .drain()
    .map(({ pane, events, columns }) => ({
      pane: (pane.start - START) / MINUTE,
      segment: `${pane.segment.dimension}=${pane.segment.value}`,
      events,
      columns: Object.fromEntries(columns.map((column) => [column.name, column.values])),
    }))
    .sort((a, b) => a.pane - b.pane || (a.segment < b.segment ? -1 : 1));

test('counts an event once in all, and once in its value of each dimension', () => {
  const sketcher = new PartitionSketcher(knowledgeOf(MONITOR));
  sketcher.fold(
    batchOf([
      { time: START, features: { x: 1 }, country: 'DE' },
      { time: START + 1, features: { x: 2 }, country: 'FR' },
      { time: START + MINUTE, features: { x: 3 }, country: 'DE' },
      { time: START + MINUTE, features: { x: 4, y: 'a' } },
    ]),
  );
  assert.deepEqual(summary(sketcher), [
    { pane: 0, segment: '=', events: 2, columns: { x: 2 } },
    { pane: 0, segment: 'country=DE', events: 1, columns: { x: 1 } },
    { pane: 0, segment: 'country=FR', events: 1, columns: { x: 1 } },
    { pane: 1, segment: '=', events: 2, columns: { x: 2, y: 1 } },
    { pane: 1, segment: 'country=DE', events: 1, columns: { x: 1 } },
  ]);
  assert.equal(sketcher.watermark, START + MINUTE);
  assert.deepEqual(sketcher.drain(), []);
});

test('crossings hold the events that have every dimension', () => {
  const monitor = { ...MONITOR, segments: [['country', 'device']] };
  const batch = batchOf([
    { time: START, features: { x: 1 }, country: 'DE' },
    { time: START, features: { x: 1 }, country: 'DE' },
  ]);
  batch.segment('device').setString(1, 'phone');
  const sketcher = new PartitionSketcher(knowledgeOf(monitor));
  sketcher.fold(batch);
  assert.deepEqual(
    summary(sketcher).map(({ segment, events }) => [segment, events]),
    [
      ['=', 2],
      ['country|device=DE|phone', 1],
    ],
  );
});

test('cells are sorted into values, nulls, NaN, infinities and type errors; the first cell tells the kind', () => {
  const cells: TestEvent['features'][string][] = [null, 1.5, NaN, Infinity, -Infinity, 'text', true, 2];
  const sketcher = new PartitionSketcher(knowledgeOf(MONITOR));
  sketcher.fold(
    batchOf([...cells.map((x) => ({ time: START, features: { x } })), { time: START, features: { y: 'z' } }]),
  );
  const [partial] = sketcher.drain();
  const x = partial.columns.find((column) => column.name === 'x')!;
  assert.equal(x.kind, 'numeric');
  const { values, nulls, nan, positiveInfinity, negativeInfinity, typeErrors } = x;
  assert.deepEqual(
    { values, nulls, nan, positiveInfinity, negativeInfinity, typeErrors },
    { values: 2, nulls: 1, nan: 1, positiveInfinity: 1, negativeInfinity: 1, typeErrors: 2 },
  );
  assert.equal(partial.events, 9);
});

test('a stated kind makes numbers categories, and ignored columns are left out', () => {
  const monitor = { ...MONITOR, columns: { zip: { kind: 'categorical' as const }, noise: { ignore: true } } };
  const sketcher = new PartitionSketcher(knowledgeOf(monitor));
  sketcher.fold(
    batchOf([
      { time: START, features: { zip: 10115, noise: 1 } },
      { time: START, features: { zip: '10115' } },
    ]),
  );
  const [{ columns }] = sketcher.drain();
  assert.deepEqual(
    columns.map((column) => column.name),
    ['zip'],
  );
  assert.deepEqual(columns[0].categories?.entries(), [['10115', 2]]);
});
