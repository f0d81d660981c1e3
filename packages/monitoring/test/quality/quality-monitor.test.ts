import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Answer } from '@tidemark/sketches';
import {
  Detector,
  EventBatch,
  OutcomeSketcher,
  PartitionSketcher,
  type DetectorOutput,
  type Monitor,
  type Outcome,
  type SketchPartial,
  type SourceWatermark,
} from '../../src/index.js';
import { knowledgeOf, MINUTE, MONITOR, random, START, STREAM } from '../fixtures.js';

const WINDOW = 5 * MINUTE;
const EVENTS = 600;

const MEASURED: Monitor = {
  ...MONITOR,
  segments: [],
  baseline: { from: 'first-windows', windows: 6, events: 1000 },
  quality: {
    window: { size: WINDOW, slide: WINDOW, origin: 0 },
    ...{ positive: '1', metric: null, tolerance: null, minimumLabels: 100, labelWait: 24 * 60 * MINUTE },
  },
};

type LogRecord = { partial: SketchPartial } | { watermark: SourceWatermark };

interface World {
  readonly windows: number;
  /** Whether labels no longer follow the score in a window. */
  readonly broken: (window: number) => boolean;
  /** After how many windows its labels come; Infinity: never. */
  readonly delay: (window: number) => number;
}

/** A stream whose score is the probability of the class, with the labels of each window at the end of a later one. */
function logOf({ windows, broken, delay }: World): LogRecord[] {
  const next = random(7);
  const sketcher = new PartitionSketcher(knowledgeOf(MEASURED));
  const outcomes = new OutcomeSketcher(knowledgeOf(MEASURED));
  const due = new Map<number, Outcome[]>();
  const log: LogRecord[] = [];
  for (let window = 0; window < windows; window++) {
    const batch = new EventBatch(STREAM);
    for (let i = 0; i < EVENTS; i++) {
      const score = next();
      const answer: Answer = {
        ...{ score, class: score >= 0.5 ? '1' : '0', value: null, confidence: null },
        probabilities: new Map(),
      };
      const time = START + window * WINDOW + Math.floor((i * WINDOW) / EVENTS);
      const row = batch.append(`${window}-${i}`, time);
      batch.column('prediction.score').setNumber(row, score);
      batch.column('prediction.class').setString(row, answer.class!);
      const truth = { class: next() < (broken(window) ? 0.5 : score) ? '1' : '0', value: null };
      const at = window + delay(window);
      const outcome = { stream: STREAM, eventTime: time, segments: [], answer, truth, inclusionProbability: 1 };
      due.set(at, [...(due.get(at) ?? []), { ...outcome, sign: 1 }]);
    }
    sketcher.fold(batch);
    outcomes.fold(due.get(window) ?? []);
    for (const partial of [...sketcher.drain(), ...outcomes.drain()]) log.push({ partial });
    const watermark = START + (window + 1) * WINDOW + MEASURED.allowedLateness;
    log.push({ watermark: { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 } });
  }
  return log;
}

function run(detector: Detector, log: readonly LogRecord[], from = 0): DetectorOutput[] {
  return log.slice(from).map((record, index) => {
    const offset = from + index;
    if ('partial' in record) detector.takePartial(offset, record.partial);
    else detector.takeWatermark(offset, record.watermark);
    return detector.drain();
  });
}

const about = (outputs: readonly DetectorOutput[], signals: readonly string[]) =>
  outputs
    .flatMap(({ events }) => events)
    .filter(({ signal }) => signals.includes(signal))
    .map(({ status, signal, windowStart }) => [status, signal, (windowStart - START) / WINDOW]);

/** The last row of a metric for each window. */
function lastRows(outputs: readonly DetectorOutput[], metric: string) {
  const rows = new Map(
    outputs
      .flatMap(({ quality }) => quality.filter((row) => row.metric === metric))
      .map((row) => [row.windowStart, row]),
  );
  return [...rows.values()].sort((a, b) => a.windowStart - b.windowStart);
}

const QUALITY = ['quality', 'concept-drift', 'calibration', 'base-rate'];

describe('the quality of a stream', () => {
  test('is shown as expected when a window closes, and as found when its labels come', () => {
    const outputs = run(
      new Detector(0, knowledgeOf(MEASURED)),
      logOf({ windows: 12, broken: () => false, delay: () => 2 }),
    );
    const rows = outputs.flatMap(({ quality }) => quality.filter(({ metric }) => metric === 'accuracy'));
    const of = rows.filter(({ windowStart }) => windowStart === START + 8 * WINDOW);
    assert.deepEqual(
      of.map(({ labels, verdict }) => [labels, verdict]),
      [
        [0, 'not-enough-labels'],
        [EVENTS, 'unchanged'],
      ],
    );
    const [before, after] = of;
    assert.ok(Number.isNaN(before.realised.value) && before.labelsNeeded >= 100);
    // A score that is the probability, uniform from 0 to 1, is right three times in four.
    assert.ok(Math.abs(before.expected.value - 0.75) < 0.03, String(before.expected.value));
    assert.ok(after.realised.low < 0.75 && 0.75 < after.realised.high);
    assert.ok(after.estimated.high - after.estimated.low <= 1.01 * (after.realised.high - after.realised.low));
  });

  test('opens one incident when answers are less often right than their scores led one to expect, and resolves it', () => {
    const world = { windows: 24, broken: (window: number) => window >= 10 && window < 15, delay: () => 1 };
    const outputs = run(new Detector(0, knowledgeOf(MEASURED)), logOf(world));
    const [first, last, ...others] = about(outputs, QUALITY);
    assert.deepEqual(first, ['opened', 'concept-drift', 10]);
    assert.deepEqual([last[0], others], ['resolved', []]);
    // Three windows must be quiet, and the broken ones end with the fifteenth.
    assert.ok((last[2] as number) >= 17, String(last[2]));
    const verdicts = lastRows(outputs, 'accuracy').map(({ verdict }) => verdict);
    assert.deepEqual(new Set(verdicts.slice(10, 15)), new Set(['concept-drift']));
    assert.deepEqual(new Set(verdicts.slice(3, 10)), new Set(['unchanged']));
    const [opened] = outputs.flatMap(({ events }) => events).filter(({ signal }) => signal === 'concept-drift');
    assert.equal(opened.findings[0].metric, 'error-rate-beyond-expected');
    assert.match(opened.summary, /inputs as in the baseline.*of 600 labels/);
    assert.match(opened.query, /FROM tidemark\.quality WHERE model = 'm'/);
  });

  test('opens its incident late where labels come late, about the window of the predictions', () => {
    const world = { windows: 24, broken: (window: number) => window >= 10, delay: (window: number) => window % 3 };
    const outputs = run(new Detector(0, knowledgeOf(MEASURED)), logOf(world));
    const first = about(outputs, QUALITY)[0][2] as number;
    assert.ok(first === 10 || first === 12, String(first));
  });

  test('tells that labels have stopped, and that they come again', () => {
    const silent = (window: number) => window >= 10 && window < 16;
    const outputs = run(
      new Detector(0, knowledgeOf(MEASURED)),
      logOf({ windows: 20, broken: () => false, delay: (window) => (silent(window) ? Infinity : 1) }),
    );
    assert.deepEqual(about(outputs, ['labels-silent']), [
      ['opened', 'labels-silent', 10],
      ['resolved', 'labels-silent', 17],
    ]);
    assert.deepEqual(about(outputs, QUALITY), []);
  });

  test('is the same after a restart at any record', () => {
    const world = {
      windows: 20,
      broken: (window: number) => window >= 12,
      delay: (window: number) => 1 + (window % 2),
    };
    const log = logOf(world);
    const whole = run(new Detector(0, knowledgeOf(MEASURED)), log);
    const told = (outputs: readonly DetectorOutput[]) => ({
      events: outputs.flatMap(({ events }) => events.map(({ id, summary }) => [id, summary])),
      quality: outputs.flatMap(({ quality }) =>
        quality.map((row) => [
          row.windowStart,
          row.metric,
          row.labels,
          row.realised.value,
          row.expected.value,
          row.verdict,
        ]),
      ),
    });
    for (let stop = 1; stop < log.length; stop += 3) {
      const first = new Detector(0, knowledgeOf(MEASURED));
      const before = run(first, log.slice(0, stop));
      const baseline = before.flatMap(({ baselines }) => baselines).at(0) ?? null;
      const second = new Detector(0, { ...knowledgeOf(MEASURED), baselineOf: () => baseline });
      for (const { from, to, quality } of second.restore(structuredClone(first.snapshot()))) {
        for (const row of before.flatMap(({ panes }) => panes)) {
          if (row.pane.start < from || row.pane.start >= to) continue;
          const part = quality ? { ...row, events: 0, columns: [], joint: null } : { ...row, quality: null };
          if (quality ? row.quality !== null : row.events > 0) second.takeClosedPane(part);
        }
      }
      const after = run(second, log, first.oldestNeeded);
      assert.deepEqual(told([...before, ...after]), told(whole), `stopped at record ${stop}`);
    }
  });
});
