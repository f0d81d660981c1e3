import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  baselineOf,
  Detector,
  EventBatch,
  PartitionSketcher,
  EmbeddingWindowsBuilder,
  type Baseline,
  type DriftEvent,
  type Monitor,
} from '../../src/index.js';
import { countedWindows, IDENTITY } from '../counted-baseline.js';
import { MINUTE, MONITOR as PLAIN, random, START, STREAM } from '../fixtures.js';

const WINDOW = 5 * MINUTE;
const DIMENSION = 64;
const EVENTS = 500;
const BASELINE_WINDOWS = 48;
const MONITOR: Monitor = { ...PLAIN, segments: [], pane: WINDOW, allowedLateness: 0 };

/** What becomes of the embeddings: some clusters around a common mean, as those of texts are. */
interface Shape {
  /** A shift of all vectors along one direction, in standard deviations of a component. */
  readonly shift?: number;
  /** The share of events that come from a cluster which the baseline does not have. */
  readonly newCluster?: number;
  /** Another spread along half of the components, mean and all else unchanged. */
  readonly stretch?: number;
  /** Zeros in place of vectors: the embedder failed. */
  readonly zeros?: number;
  /** Of how many numbers the vectors are. */
  readonly dimension?: number;
  /** How many events the window has. */
  readonly events?: number;
}

function windowOf(index: number, shape: Shape, seed: number): EventBatch {
  const next = random(seed * 100_003 + index * 7919 + 17);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const batch = new EventBatch(STREAM);
  const { events = EVENTS, dimension = DIMENSION } = shape;
  const vectors = batch.vector('emb', dimension);
  for (let event = 0; event < events; event++) {
    const row = batch.append(`e${index}-${event}`, START + index * WINDOW + Math.floor((event / events) * WINDOW));
    batch.column('x').setNumber(row, normal());
    const cluster = next() < (shape.newCluster ?? 0) ? 3 : Math.floor(3 * next());
    const from = vectors.place(row);
    const empty = next() < (shape.zeros ?? 0);
    for (let d = 0; d < dimension; d++) {
      const center = 0.5 + (d % 4 === cluster ? 1.5 : 0);
      const spread = d % 2 === 0 ? (shape.stretch ?? 1) : 1;
      vectors.values[from + d] = empty ? 0 : center + spread * normal() + (d < 8 ? (shape.shift ?? 0) : 0);
    }
    vectors.set(row, true);
  }
  return batch;
}

function baselineWith(seed: number, shapeAt: (window: number) => Shape = () => ({})): Baseline {
  const { windows, events, columns, builder } = countedWindows(MONITOR, BASELINE_WINDOWS, (index) =>
    windowOf(index, shapeAt(index), seed),
  );
  const vectors = new EmbeddingWindowsBuilder(WINDOW);
  windows.forEach((window, index) => {
    for (const sketch of window.vectors) vectors.at(START + index * WINDOW).set(sketch.name, sketch);
  });
  return baselineOf(IDENTITY, events, columns, builder.build(null, vectors.build()));
}

function detected(baseline: Baseline, shapes: readonly Shape[], seed: number, restartAt = -1): DriftEvent[] {
  const knowledge = { monitorOf: () => MONITOR, baselineOf: () => baseline };
  const sketcher = new PartitionSketcher(knowledge);
  let detector = new Detector(0, knowledge);
  const events: DriftEvent[] = [];
  let offset = 0;
  shapes.forEach((shape, index) => {
    sketcher.fold(windowOf(BASELINE_WINDOWS + index, shape, seed));
    for (const partial of sketcher.drain()) detector.takePartial(offset++, partial);
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

/** Windows from the change to the incident about the embedding; null: none. */
function delayOf(baseline: Baseline, shape: Shape, seed: number): number | null {
  const events = detected(baseline, [...times(3, {}), ...times(8, shape)], seed);
  const opened = events.find(({ status, column }) => status === 'opened' && column === 'emb');
  return opened === undefined ? null : (opened.windowStart - START) / WINDOW - BASELINE_WINDOWS - 3 + 1;
}

describe('a column of vectors', () => {
  const baselines = [1, 2, 3].map((seed) => ({ seed, baseline: baselineWith(seed) }));

  test('raises nothing without a change', () => {
    for (const { seed, baseline } of baselines) assert.deepEqual(detected(baseline, times(60, {}), seed), []);
  });

  test('is found to have moved, whatever moved', () => {
    for (const { seed, baseline } of baselines) {
      for (const [shape, within] of [
        [{ shift: 0.25 }, 4],
        [{ newCluster: 0.1 }, 3],
        [{ stretch: 1.3 }, 3],
      ] as const) {
        const delay = delayOf(baseline, shape, seed);
        assert.ok(delay !== null && delay <= within, `${JSON.stringify(shape)} after ${delay} windows`);
      }
    }
  });

  test('that wanders raises nothing when there is more traffic, and is found where it moves further than it wanders', () => {
    for (const seed of [1, 2, 3]) {
      const next = random(seed);
      let level = 0;
      const levels = Array.from({ length: BASELINE_WINDOWS + 60 }, () => {
        level = 0.5 * level + 0.15 * (Array.from({ length: 12 }, next).reduce((a, b) => a + b) - 6);
        return level;
      });
      const baseline = baselineWith(seed, (window) => ({ shift: levels[window] }));
      const shapes = levels.slice(BASELINE_WINDOWS).map((shift, at) => ({ shift, events: at < 12 ? 500 : 2500 }));
      assert.deepEqual(detected(baseline, shapes, seed), []);
      const delay = delayOf(baseline, { shift: 1.5 }, seed);
      assert.ok(delay !== null && delay <= 3, `found after ${delay} windows`);
    }
  });

  test('of another dimension is told, the same after a restart, and over when it is as before', () => {
    const { baseline } = baselines[0];
    const shapes = [...times(3, {}), ...times(4, { dimension: 32 }), ...times(4, {})];
    const whole = detected(baseline, shapes, 1).filter(({ column }) => column === 'emb');
    assert.deepEqual(
      whole.map(({ status, severity }) => [status, severity]),
      [
        ['opened', 'major'],
        ['resolved', 'major'],
      ],
    );
    assert.equal(whole[0].summary, 'emb: vectors of 32 numbers, where they had 64: another embedder');
    for (const at of [3, 4, 6]) {
      assert.deepEqual(
        detected(baseline, shapes, 1, at).filter(({ column }) => column === 'emb'),
        whole,
      );
    }
  });

  test('tells zeros apart: their length is a column of its own', () => {
    const events = detected(baselines[0].baseline, [...times(3, {}), ...times(4, { zeros: 0.2 })], 1);
    const opened = events.filter(({ status }) => status === 'opened').map(({ column }) => column);
    assert.ok(opened.includes('emb.norm'), opened.join(', '));
  });

  test('has one incident, which says what moved, and ends; the same after a restart', () => {
    const { baseline } = baselines[0];
    const shapes = [...times(3, {}), ...times(5, { newCluster: 0.3 }), ...times(12, {})];
    const whole = detected(baseline, shapes, 1);
    const own = whole.filter(({ column }) => column === 'emb');
    assert.deepEqual([...new Set(own.map(({ incidentId }) => incidentId))].length, 1);
    assert.deepEqual([own[0].status, own[own.length - 1].status], ['opened', 'resolved']);
    assert.ok(own[0].aspects.length > 0);
    assert.match(own[0].summary, /^emb: the (mean moved|covariance changed|distribution changed) \(\d\.\d\d\)/);
    for (let at = 2; at < 12; at += 3) assert.deepEqual(detected(baseline, shapes, 1, at), whole, `after window ${at}`);
  });
});
