import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Detector, type DetectorOutput } from '../../src/index.js';
import { knowledgeOf, START } from '../fixtures.js';
import { about, EVENTS, logOf, MEASURED, restartedAt, run, told, WINDOW } from './labelled-stream.js';

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

  test('asks the database that it is told of, whatever the signal', () => {
    const silent = (window: number) => window >= 16 && window < 22;
    const world = {
      windows: 26,
      broken: (window: number) => window >= 10 && window < 15,
      delay: (window: number) => (silent(window) ? Infinity : 1),
    };
    const eventsOf = (detector: Detector) => run(detector, logOf(world)).flatMap(({ events }) => events);
    const usual = eventsOf(new Detector(0, knowledgeOf(MEASURED)));
    const other = eventsOf(new Detector(0, knowledgeOf(MEASURED), 'drift'));
    assert.ok(new Set(usual.map(({ signal }) => signal)).size >= 2);
    for (const [index, event] of other.entries()) {
      assert.equal(event.query.match(/\bFROM (\w+)\./)?.[1], 'drift');
      assert.deepEqual({ ...event, query: event.query.replace('FROM drift.', 'FROM tidemark.') }, usual[index]);
    }
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

  test('stays as it was when a label comes for a stream that has been forgotten', () => {
    const log = logOf({ windows: 9, delay: (window) => (window === 4 ? 8 - window : 1) });
    const straggler = log.findIndex(
      (record, at) =>
        at > 0 &&
        'partial' in record &&
        record.partial.quality?.predictions === 0 &&
        record.partial.quality.labels > 0 &&
        record.partial.pane.start === START + 4 * WINDOW,
    );
    const [late] = log.splice(straggler, 1);
    const detector = new Detector(0, knowledgeOf(MEASURED));
    const outputs = run(detector, log);
    const count = (windows: readonly DetectorOutput[]) => windows.flatMap(({ quality }) => quality).length;
    assert.ok(count(outputs) > 0);
    const month = 40 * 24 * 60 * 60_000;
    const watermarkAt = (time: number) => ({
      watermark: { sourcePartition: 0, sourcePartitions: 1, watermark: time, idleFor: 0 },
    });
    const end = START + 9 * WINDOW;
    // Nothing for forty days, and then the label.
    const later = [
      watermarkAt(end + month),
      late,
      watermarkAt(end + month + WINDOW),
      watermarkAt(end + month + 2 * WINDOW),
    ];
    assert.equal(count(run(detector, [...log, ...later], log.length)), 0);
  });

  test('is the same after a restart at any record', () => {
    const world = {
      windows: 20,
      broken: (window: number) => window >= 12,
      delay: (window: number) => 1 + (window % 2),
    };
    const log = logOf(world);
    const whole = run(new Detector(0, knowledgeOf(MEASURED)), log);
    for (let stop = 1; stop < log.length; stop += 3) {
      assert.deepEqual(told(restartedAt(stop, log, MEASURED)), told(whole), `stopped at record ${stop}`);
    }
  });
});
