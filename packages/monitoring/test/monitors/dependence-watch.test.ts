import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  baselineOf,
  Detector,
  foldDependence,
  dependencePlanOf,
  DependenceWindowsBuilder,
  PartitionSketcher,
  plannedColumn,
  type Baseline,
  type DriftEvent,
  type Monitor,
  type SketchPartial,
} from '../../src/index.js';
import { countedWindows, IDENTITY } from '../counted-baseline.js';
import { batchOf, knowledgeOf, MINUTE, MONITOR as PLAIN, random, START, type TestEvent } from '../fixtures.js';

const WINDOW = 5 * MINUTE;
const MONITOR: Monitor = { ...PLAIN, segments: [], pane: WINDOW, allowedLateness: 0 };
const BASELINE_WINDOWS = 48;
const EVENTS = 1000;

interface Shape {
  /** Between a and b. */
  readonly correlation: number;
  readonly shift?: number;
  readonly missing?: number;
}

/** A window of events: a and b go together, c and the category by themselves. */
function windowOf(index: number, { correlation, shift = 0, missing = 0.01 }: Shape): TestEvent[] {
  const next = random(1000 + 7919 * index);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return Array.from({ length: EVENTS }, (_, row) => {
    const a = normal();
    const b = correlation * a + Math.sqrt(1 - correlation ** 2) * normal();
    const plan = next() < 0.3 ? 'pro' : 'free';
    const features = { a: a + shift, b: next() < missing ? null : b, c: normal(), plan };
    return { time: START + index * WINDOW + Math.floor((row / EVENTS) * WINDOW), features };
  });
}

/** The baseline of so many windows, as one that was published. */
function baselineWith(correlation: number): Baseline {
  const windows = Array.from({ length: BASELINE_WINDOWS }, (_, index) => windowOf(index, { correlation }));
  const { columns, events, builder } = countedWindows(MONITOR, BASELINE_WINDOWS, (index) => batchOf(windows[index]));
  const plan = dependencePlanOf({ id: '', columns }, MONITOR);
  assert.deepEqual(plan?.names, ['a', 'b', 'c', 'plan']);
  const joint = new DependenceWindowsBuilder(plan.names, (time) => time, WINDOW);
  windows.forEach((window, index) => {
    const batch = batchOf(window);
    const planned = columns.map(({ name, kind, layout }) =>
      plannedColumn(batch.column(name), { kind, layout, coerce: false }, batch.rows),
    );
    foldDependence(planned, Int32Array.from(window.keys()), plan, joint.at(START + index * WINDOW));
  });
  return baselineOf(IDENTITY, events, columns, builder.build(joint.build()));
}

function partialsOf(baseline: Baseline, shapes: readonly Shape[], monitor = MONITOR): SketchPartial[][] {
  const sketcher = new PartitionSketcher({ monitorOf: () => monitor, baselineOf: () => baseline });
  return shapes.map((shape, index) => {
    sketcher.fold(batchOf(windowOf(BASELINE_WINDOWS + index, shape)));
    return sketcher.drain();
  });
}

function detected(baseline: Baseline, shapes: readonly Shape[], restartAt = -1, monitor = MONITOR): DriftEvent[] {
  const knowledge = { ...knowledgeOf(monitor), baselineOf: () => baseline };
  let detector = new Detector(0, knowledge);
  const events: DriftEvent[] = [];
  let offset = 0;
  partialsOf(baseline, shapes, monitor).forEach((partials, index) => {
    for (const partial of partials) detector.takePartial(offset++, partial);
    const watermark = START + (BASELINE_WINDOWS + index + 1) * WINDOW;
    detector.takeWatermark(offset++, { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 });
    events.push(...detector.drain().events);
    if (index !== restartAt) return;
    const snapshot = JSON.parse(JSON.stringify(detector.snapshot())) as ReturnType<Detector['snapshot']>;
    detector = new Detector(0, knowledge);
    detector.restore(snapshot);
  });
  return events;
}

const times = (count: number, shape: Shape): Shape[] => Array.from({ length: count }, () => shape);

describe('joint drift', () => {
  const baseline = baselineWith(0.6);

  test('opens one incident that names the pair, and resolves it', () => {
    const events = detected(baseline, [
      ...times(6, { correlation: 0.6 }),
      ...times(6, { correlation: 0 }),
      ...times(12, { correlation: 0.6 }),
    ]);
    assert.deepEqual(
      events.map(({ signal, status }) => `${signal} ${status}`),
      ['joint-drift opened', 'joint-drift resolved'],
    );
    const [opened] = events;
    const [pair] = opened.correlations;
    assert.deepEqual(pair.columns, ['a', 'b']);
    assert.ok(Math.abs(pair.baselineCorrelation - 0.6) < 0.05, String(pair.baselineCorrelation));
    assert.ok(Math.abs(pair.windowCorrelation) < 0.1, String(pair.windowCorrelation));
    assert.equal(opened.severity, 'major');
    assert.equal(opened.since, START + (BASELINE_WINDOWS + 6) * WINDOW);
    assert.match(opened.summary, /^the correlation changed: a and b 0\.\d\d → -?0\.\d\d$/);
    assert.match(opened.query, /column_a = 'a' AND column_b = 'b'/);
  });

  test('is not what a shift or missing values of one column do', () => {
    const shifted = detected(baseline, [
      ...times(3, { correlation: 0.6 }),
      ...times(8, { correlation: 0.6, shift: 0.7 }),
    ]);
    assert.deepEqual([...new Set(shifted.map(({ signal }) => signal))], ['data-drift']);
    const missing = detected(baseline, [
      ...times(3, { correlation: 0.6 }),
      ...times(8, { correlation: 0.6, missing: 0.4 }),
    ]);
    assert.deepEqual([...new Set(missing.map(({ signal }) => signal))], ['data-quality']);
    const hardlyThere = detected(baseline, [
      ...times(3, { correlation: 0.6 }),
      ...times(20, { correlation: 0.6, missing: 0.98 }),
    ]);
    assert.deepEqual([...new Set(hardlyThere.map(({ signal }) => signal))], ['data-quality']);
  });

  test('is found without the marginals moving, and not without a change', () => {
    assert.deepEqual(detected(baseline, times(40, { correlation: 0.6 })), []);
    const [opened] = detected(baseline, [...times(3, { correlation: 0.6 }), ...times(5, { correlation: 0.85 })]);
    assert.equal(opened.signal, 'joint-drift');
    assert.equal(opened.severity, 'moderate');
  });

  test('is the same after a restart', () => {
    const shapes = [
      ...times(4, { correlation: 0.6 }),
      ...times(4, { correlation: 0.45 }),
      ...times(8, { correlation: 0.6 }),
    ];
    const whole = detected(baseline, shapes);
    assert.ok(whole.length > 0);
    for (let at = 2; at < 12; at++) assert.deepEqual(detected(baseline, shapes, at), whole, `after window ${at}`);
  });

  test('is not looked for where the monitor says so', () => {
    const off: Monitor = { ...MONITOR, joint: { columns: null, most: 0 } };
    assert.equal(partialsOf(baseline, [{ correlation: 0.6 }], off)[0][0].joint, null);
    assert.deepEqual(detected(baseline, times(6, { correlation: 0 }), -1, off), []);
    const named: Monitor = { ...MONITOR, joint: { columns: ['c', 'b'], most: 2 } };
    assert.deepEqual(dependencePlanOf(baseline, named)?.names, ['b', 'c']);
  });
});
