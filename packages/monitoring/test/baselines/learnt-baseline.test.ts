import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  Detector,
  PartitionSketcher,
  type Baseline,
  type DriftEvent,
  type EventBatch,
  type Monitor,
  type PaneRow,
} from '../../src/index.js';
import { batchOf, MINUTE, MONITOR as PLAIN, random, START } from '../fixtures.js';
import type { StreamKnowledge } from '../../src/model/stream-knowledge.js';

const WINDOW = 5 * MINUTE;
const EVENTS = 600;
const LEARNT = 10;
const MONITOR: Monitor = {
  ...{ ...PLAIN, segments: [], pane: WINDOW, allowedLateness: 0 },
  baseline: { from: 'first-windows', windows: LEARNT, events: 1000 },
};

/** How the stream is in a window: a and b go together by so much, and the vectors are shifted by so much. */
interface Shape {
  readonly correlation: number;
  readonly shift: number;
}

function windowOf(index: number, { correlation, shift }: Shape): EventBatch {
  const next = random(77 + 7919 * index);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const batch = batchOf(
    Array.from({ length: EVENTS }, (_, row) => {
      const a = normal();
      const b = correlation * a + Math.sqrt(1 - correlation ** 2) * normal();
      const time = START + index * WINDOW + Math.floor((row / EVENTS) * WINDOW);
      return { time, features: { a, b, c: normal() } };
    }),
  );
  const vectors = batch.vector('emb', 16);
  for (let row = 0; row < EVENTS; row++) {
    const from = vectors.place(row);
    for (let d = 0; d < 16; d++) vectors.values[from + d] = 0.5 + normal() + (d < 4 ? shift : 0);
    vectors.set(row, true);
  }
  return batch;
}

/** A stream without a published baseline, from its first window on: what it learns is known to all from then on. */
function run(windows: number, shapeAt: (window: number) => Shape, { restartAt = -1, monitor = MONITOR } = {}) {
  const baselines: Baseline[] = [];
  const events: DriftEvent[] = [];
  const panes: PaneRow[] = [];
  const knowledge: StreamKnowledge = { monitorOf: () => monitor, baselineOf: () => baselines.at(-1) ?? null };
  const sketcher = new PartitionSketcher(knowledge);
  let detector = new Detector(0, knowledge);
  let offset = 0;
  for (let index = 0; index < windows; index++) {
    sketcher.fold(windowOf(index, shapeAt(index)));
    for (const partial of sketcher.drain()) detector.takePartial(offset++, partial);
    const watermark = START + (index + 1) * WINDOW;
    detector.takeWatermark(offset++, { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 });
    const output = detector.drain();
    panes.push(...output.panes);
    events.push(...output.events);
    baselines.push(...output.baselines);
    if (index !== restartAt) continue;
    const snapshot = JSON.parse(JSON.stringify(detector.snapshot())) as ReturnType<Detector['snapshot']>;
    detector = new Detector(0, knowledge);
    for (const { from, to } of detector.restore(snapshot)) {
      const needed = panes.filter(({ pane }) => pane.start >= from && pane.start < to);
      for (const row of needed) detector.takeClosedPane(row);
    }
  }
  return { baselines, events: events.filter(({ signal }) => signal !== 'baseline') };
}

const STEADY: Shape = { correlation: 0.6, shift: 0 };
const opened = (events: readonly DriftEvent[]): string[] =>
  events.filter(({ status }) => status === 'opened').map(({ signal, column }) => `${signal} ${column}`.trim());

describe('a baseline learnt from first windows', () => {
  const broken = (window: number): Shape => (window < 30 ? STEADY : { ...STEADY, correlation: 0 });

  test('is completed by the correlations in as many windows again, and a broken correlation is found', () => {
    const { baselines, events } = run(40, broken);
    assert.equal(baselines.length, 2);
    const [first, complete] = baselines;
    assert.equal(first.windows?.joint, null);
    assert.equal(complete.source, 'first windows');
    assert.deepEqual(complete.columns, first.columns);
    assert.deepEqual(complete.windows?.segments, first.windows?.segments);
    assert.deepEqual([complete.periodStart, complete.periodEnd], [first.periodStart, first.periodEnd]);
    const joint = complete.windows?.joint;
    assert.deepEqual(joint?.columns, ['a', 'b', 'c', 'emb.norm']);
    assert.equal(joint?.windows.length, LEARNT);
    assert.ok((joint?.windows[0].start ?? 0) >= (first.periodEnd ?? Infinity));
    assert.equal(joint?.windows[0].events, EVENTS);
    assert.deepEqual(opened(events), ['joint-drift']);
    const [event] = events;
    assert.deepEqual(event.correlations[0].columns, ['a', 'b']);
    assert.equal(event.since, START + 30 * WINDOW);
  });

  test('without a change raises nothing, and is completed once', () => {
    const { baselines, events } = run(60, () => STEADY);
    assert.equal(baselines.length, 2);
    assert.deepEqual(events, []);
  });

  test('is the same after a restart, wherever it comes', () => {
    const whole = run(36, broken);
    for (let restartAt = 6; restartAt < 34; restartAt++) {
      const again = run(36, broken, { restartAt });
      assert.deepEqual(
        again.baselines.map(({ id }) => id),
        whole.baselines.map(({ id }) => id),
        `after window ${restartAt}`,
      );
      assert.deepEqual(again.events, whole.events, `after window ${restartAt}`);
    }
  });

  test('is not completed where columns are not watched together', () => {
    const { baselines } = run(30, () => STEADY, { monitor: { ...MONITOR, joint: { columns: null, most: 0 } } });
    assert.equal(baselines.length, 1);
  });

  test('knows the vectors of its windows, and one that moves is found', () => {
    const { baselines, events } = run(32, (window) => ({ ...STEADY, shift: window < 24 ? 0 : 0.6 }));
    assert.equal(baselines[0].windows?.vectors[0].windows.length, LEARNT);
    assert.ok(opened(events).includes('data-drift emb'), opened(events).join(', '));
    assert.ok(events.every(({ since }) => since >= START + 23 * WINDOW));
  });
});
