import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Detector, OTHER, PartitionSketcher, type Monitor, type PaneRow, type SketchPartial } from '../../src/index.js';
import { batchOf, knowledgeOf, MINUTE, MONITOR, START, STREAM, type TestEvent } from '../fixtures.js';

const LIMITED: Monitor = { ...MONITOR, limits: { segments: 3, columns: 4, keep: {} } };

/** Some events of one minute, each for one of two sketchers; an end of a commit after some of them. */
const traffic = fc.array(
  fc.record({
    country: fc.option(fc.integer({ min: 0, max: 15 }).map((n) => `c${n}`)),
    feature: fc.integer({ min: 0, max: 11 }).map((n) => `f${n}`),
    sketcher: fc.nat({ max: 1 }),
    commits: fc.boolean(),
  }),
  { minLength: 1, maxLength: 60 },
);
type Traffic = ReturnType<typeof fc.sample<typeof traffic extends fc.Arbitrary<infer T> ? T : never>>[number];

/** The partials that two sketchers publish, in the order of their commits. */
function partialsOf(events: Traffic, monitor: Monitor): SketchPartial[] {
  const sketchers = [0, 1].map(() => new PartitionSketcher(knowledgeOf(monitor)));
  const partials: SketchPartial[] = [];
  events.forEach(({ country, feature, sketcher, commits }, i) => {
    const event: TestEvent = { time: START + i, features: { [feature]: i, always: 1 }, ...(country && { country }) };
    sketchers[sketcher].fold(batchOf([event]));
    if (commits) partials.push(...sketchers[sketcher].drain());
  });
  return [...partials, ...sketchers.flatMap((sketcher) => sketcher.drain())];
}

function detect(partials: readonly SketchPartial[], monitor: Monitor) {
  const detector = new Detector(0, knowledgeOf(monitor));
  partials.forEach((partial, offset) => detector.takePartial(offset, partial));
  detector.finish();
  return detector.drain();
}

function byCountry(rows: readonly { segment: { dimension: string; value: string }; events: number }[]) {
  const countries = rows.filter(({ segment }) => segment.dimension === 'country');
  return new Map(countries.map(({ segment, events }) => [segment.value, events]));
}

const panesOf = (panes: readonly PaneRow[]) => panes.map(({ pane, events }) => ({ segment: pane.segment, events }));

function countriesIn(events: Traffic): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { country } of events) if (country !== null) counts.set(country, (counts.get(country) ?? 0) + 1);
  return counts;
}

const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((sum, n) => sum + n, 0);

test('however events are split, the same values are kept, each of them whole, and (other) holds exactly the rest', () => {
  fc.assert(
    fc.property(traffic, fc.compareFunc(), (events, order) => {
      const truth = countriesIn(events);
      const partials = partialsOf(events, LIMITED);
      const panes = byCountry(panesOf(detect(partials, LIMITED).panes));
      const { [OTHER]: other = 0, ...own } = Object.fromEntries(panes);
      assert.equal(Object.keys(own).length, Math.min(3, truth.size));
      for (const [country, count] of Object.entries(own)) assert.equal(count, truth.get(country));
      assert.equal(total(new Map(Object.entries(own))) + other, total(truth));

      const whole = partialsOf(
        events.map((event) => ({ ...event, sketcher: 0, commits: false })),
        LIMITED,
      );
      const shuffled = [...partials].sort(order);
      for (const same of [whole, shuffled]) {
        const again = detect(same, LIMITED);
        assert.deepEqual(new Map([...byCountry(panesOf(again.panes))].sort()), new Map([...panes].sort()));
        const windows = byCountry(again.windows.filter(({ column }) => column === ''));
        assert.deepEqual(new Map([...windows].sort()), new Map([...panes].sort()));
      }
    }),
    { numRuns: 150 },
  );
});

test('however events are split, the cells of columns that were sketched and of those that were not add up', () => {
  fc.assert(
    fc.property(traffic, (events) => {
      const { panes, events: drift } = detect(partialsOf(events, LIMITED), LIMITED);
      const { columns } = panes.find(({ pane }) => pane.segment.dimension === '')!;
      assert.ok(columns.length <= 4, `${columns.length} columns`);
      const cells = columns.reduce((sum, { values }) => sum + values, 0);
      const refused = drift.find(({ findings }) => findings[0].metric === 'columns-over-limit');
      const counted = Number(/(\d+) cells/.exec(refused?.summary ?? '0 cells')![1]);
      assert.equal(cells + counted, 2 * events.length);
    }),
    { numRuns: 150 },
  );
});

test('the columns of most events have their place before those of single events', () => {
  const events = Array.from({ length: 50 }, (_, i) => ({
    time: START + i,
    features: { [`user_${i}`]: 1, age: i, income: i, ...(i > 20 && { late: i }) },
  }));
  const sketcher = new PartitionSketcher(knowledgeOf(LIMITED));
  sketcher.fold(batchOf(events));
  const [{ columns, overflow }] = sketcher.drain();
  const names = columns.map(({ name }) => name);
  assert.deepEqual(
    [names.length, ...['age', 'income', 'late'].map((name) => names.includes(name))],
    [4, true, true, true],
  );
  assert.deepEqual(
    overflow.map(({ what, name, count }) => [what, name, count]),
    [['columns', '', 49]],
  );
  assert.match(overflow[0].examples[0], /^user_\d+$/);
});

test('columns that the monitor names, and values that it keeps, have their place whatever comes beside them', () => {
  const monitor: Monitor = {
    ...LIMITED,
    columns: { rare: { kind: 'numeric' } },
    limits: { segments: 3, columns: 2, keep: { country: ['ZZ', 'YY'] } },
  };
  const sketcher = new PartitionSketcher(knowledgeOf(monitor));
  const events: TestEvent[] = Array.from({ length: 300 }, (_, i) => ({
    time: START + i,
    features: { [`user_${i}`]: 1, age: i },
    country: `id${i}`,
  }));
  for (const country of ['ZZ', 'YY']) events.push({ time: START, features: { rare: 1 }, country });
  for (const event of events) sketcher.fold(batchOf([event]));
  const partials = sketcher.drain();
  assert.ok(partials[0].columns.some(({ name }) => name === 'rare'));
  const countries = byCountry(partials.map(({ pane, events: n }) => ({ segment: pane.segment, events: n })));
  assert.deepEqual([countries.size, countries.get('ZZ'), countries.get('YY'), countries.get(OTHER)], [4, 1, 1, 299]);
});

test('going over a limit is told once, names what it was, and is told again after a day without', () => {
  const detector = new Detector(0, knowledgeOf(LIMITED));
  const sketcher = new PartitionSketcher(knowledgeOf(LIMITED));
  let offset = 0;
  const over = (time: number) => {
    const events = Array.from({ length: 20 }, (_, i) => ({ time, features: { x: `v${i}` }, country: `c${i}` }));
    sketcher.fold(batchOf(events));
    for (const partial of sketcher.drain()) detector.takePartial(offset++, partial);
    const watermark = { sourcePartition: 0, sourcePartitions: 1, watermark: time + 2 * MINUTE, idleFor: 0 };
    detector.takeWatermark(offset++, watermark);
    // That the few events of a day are not judged is told too.
    const { events: drift } = detector.drain();
    return drift.filter(({ signal, findings }) => signal === 'data-quality' && findings[0].metric !== 'too-few-events');
  };
  const [told, ...more] = over(START);
  assert.deepEqual(more, []);
  const { status, segment, severity, notify, summary, windowStart, windowEnd } = told;
  assert.deepEqual(
    { status, segment, severity, notify, windowStart, windowEnd },
    {
      ...{ status: 'noted', segment: { dimension: 'country', value: OTHER }, severity: 'moderate', notify: true },
      ...{ windowStart: START, windowEnd: START + MINUTE },
    },
  );
  assert.match(summary, /^country has more than 3 values: 17 events of the others, such as "c\d+", /);
  assert.deepEqual(over(START + 10 * MINUTE), []);
  assert.deepEqual(over(START + 23 * 60 * MINUTE), []);
  const again = over(START + 60 * 60 * MINUTE);
  assert.equal(again.length, 1);
  assert.notEqual(again[0].id, told.id);
});

test('what was told is not told again after a restart', () => {
  const sketcher = new PartitionSketcher(knowledgeOf(LIMITED));
  const partialsAt = (time: number) => {
    const country = (i: number) => `c${i}`;
    sketcher.fold(batchOf(Array.from({ length: 9 }, (_, i) => ({ time, features: { x: i }, country: country(i) }))));
    return sketcher.drain();
  };
  const first = new Detector(0, knowledgeOf(LIMITED));
  let offset = 0;
  const run = (detector: Detector, minute: number) => {
    for (const partial of partialsAt(START + minute * MINUTE)) detector.takePartial(offset++, partial);
    const watermark = START + (minute + 2) * MINUTE;
    detector.takeWatermark(offset++, { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 });
    return detector.drain().events.length;
  };
  assert.equal(run(first, 0), 1);
  const second = new Detector(0, knowledgeOf(LIMITED));
  second.restore(first.snapshot());
  assert.equal(run(second, 1), 0);
});

test('a category with more values than are counted is told with its column', () => {
  const detector = new Detector(0, knowledgeOf(MONITOR));
  const sketcher = new PartitionSketcher(knowledgeOf(MONITOR));
  sketcher.fold(batchOf(Array.from({ length: 600 }, (_, i) => ({ time: START, features: { user: `u${i}` } }))));
  sketcher.drain().forEach((partial, offset) => detector.takePartial(offset, partial));
  detector.finish();
  const [event, ...more] = detector.drain().events;
  assert.deepEqual([event.signal, event.column, event.severity, more.length], ['data-quality', 'user', 'minor', 0]);
  assert.match(event.summary, /user has more than 256 categories/);
});

test('a stream without events for a week is forgotten, and comes back as new', () => {
  const detector = new Detector(0, knowledgeOf(MONITOR));
  const sketcher = new PartitionSketcher(knowledgeOf(MONITOR));
  let offset = 0;
  const flow = (model: string, time: number) => {
    sketcher.fold(batchOf([{ time, features: { x: 1 } }], { ...STREAM, model }));
    for (const partial of sketcher.drain()) detector.takePartial(offset++, partial);
    detector.takeWatermark(offset++, { sourcePartition: 0, sourcePartitions: 1, watermark: time, idleFor: 0 });
  };
  const day = 24 * 60 * MINUTE;
  for (let n = 0; n < 50; n++) flow(`id-${n}`, START + n);
  for (let n = 0; n <= 8; n++) flow('kept', START + n * day);
  const { streams, models } = detector.snapshot();
  assert.deepEqual(
    [streams.map(({ stream }) => stream.model), models.flatMap((each) => each.streams).length],
    [['kept'], 1],
  );
});
