import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Detector, PartitionSketcher, type DriftEvent, type Monitor, type SketchPartial } from '../../src/index.js';
import { batchOf, knowledgeOf, MINUTE, MONITOR, START } from '../fixtures.js';

const WINDOW = 5 * MINUTE;
const WINDOWS = 210;

/** Thirty events a window where there is much, of which one is of a rare country; two otherwise. */
function partialsOf(monitor: Monitor, much: boolean): SketchPartial[][] {
  const sketcher = new PartitionSketcher(knowledgeOf(monitor));
  return Array.from({ length: WINDOWS }, (_, window) => {
    const events = Array.from({ length: much ? 250 : 2 }, (_, n) => {
      return { time: START + window * WINDOW + n * 1000, features: { x: n % 7 }, country: n === 0 ? 'LU' : 'DE' };
    });
    sketcher.fold(batchOf(events));
    return sketcher.drain();
  });
}

/** @param restartEvery after so many windows it goes on from its state. */
function notesOf(monitor: Monitor, much: boolean, restartEvery = Infinity): DriftEvent[] {
  const panes: ReturnType<Detector['drain']>['panes'] = [];
  const notes: DriftEvent[] = [];
  let detector = new Detector(0, knowledgeOf(monitor));
  let offset = 0;
  partialsOf(monitor, much).forEach((partials, window) => {
    for (const partial of partials) detector.takePartial(offset++, partial);
    const watermark = START + (window + 1) * WINDOW + MINUTE;
    detector.takeWatermark(offset++, { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 });
    const output = detector.drain();
    panes.push(...output.panes);
    notes.push(...output.events.filter(({ findings }) => findings[0]?.metric === 'too-few-events'));
    if (window % restartEvery !== restartEvery - 1) return;
    const state = structuredClone(detector.snapshot());
    detector = new Detector(0, knowledgeOf(monitor));
    for (const { from, to } of detector.restore(state)) {
      for (const row of panes) if (row.pane.start >= from && row.pane.start < to) detector.takeClosedPane(row);
    }
  });
  return notes;
}

describe('Events that are never judged as there are too few of them', () => {
  test('are told of once, without a page: a rare value of a dimension', () => {
    const notes = notesOf(MONITOR, true);
    assert.deepEqual(
      notes.map(({ status, signal, severity, notify, segment }) => [status, signal, severity, notify, segment.value]),
      [['noted', 'data-quality', 'minor', false, 'LU']],
    );
    assert.equal(
      notes[0].summary,
      '101 events where country = LU were not judged in windows of 5 minutes: windows with fewer than 200 events wait for more, but for no ' +
        'longer than 100 windows, and no more than 200 values of a dimension at a time; if they matter, make the windows longer, or lower ' +
        'decision.minimum_events',
    );
    assert.deepEqual(notes[0].windowStart, START);
  });

  test('are told of where that is the whole stream', () => {
    const monitor = { ...MONITOR, decision: { ...MONITOR.decision, minimumEvents: 250 }, segments: [] };
    const notes = notesOf(monitor, false);
    assert.deepEqual(
      notes.map(({ segment, windowEvents }) => [segment.dimension, windowEvents]),
      [['', 202]],
    );
    assert.match(notes[0].summary, /^202 events were not judged in windows of 5 minutes: /);
  });

  test('are told of in windows that overlap', () => {
    const windows = [{ size: WINDOW, slide: MINUTE, origin: 0 }];
    const notes = notesOf({ ...MONITOR, segments: [], windows }, false);
    assert.equal(notes.length, 1);
    assert.match(notes[0].summary, /^\d+ events were not judged .*windows that overlap do not wait/);
  });

  test('are told of once over restarts', () => {
    assert.deepEqual(notesOf(MONITOR, true, 17), notesOf(MONITOR, true));
  });
});
