import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BaselineBook,
  Detector,
  panesNeeded,
  PartitionSketcher,
  type Baseline,
  type Monitor,
  type PaneRow,
} from '../../src/index.js';
import type { LogRecord } from '../sketchers.js';
import { batchOf, MINUTE, MONITOR, random, START } from '../fixtures.js';

const LEARNS: Monitor = { ...MONITOR, baseline: { from: 'first-windows', windows: 4, events: 1000 } };
const MINUTES = 90;

/** A minute of events at a time; one in fifty comes some minutes late. The sketcher hears of what a detector learns. */
function logWithLateEvents(): LogRecord[] {
  const next = random(11);
  const learnt: Baseline[] = [];
  const detector = new Detector(0, { monitorOf: () => LEARNS, baselineOf: () => learnt.at(-1) ?? null });
  const sketcher = new PartitionSketcher({ monitorOf: () => LEARNS, baselineOf: () => learnt.at(-1) ?? null });
  const log: LogRecord[] = [];
  for (let minute = 0; minute < MINUTES; minute++) {
    const now = START + minute * MINUTE;
    const events = Array.from({ length: 120 }, () => {
      const late = next() < 0.02 ? Math.floor(next() * 4 * MINUTE) : 0;
      const time = Math.max(START, now + Math.floor(next() * MINUTE) - late);
      return { time, features: { x: next() ** 3, y: next() + next() }, country: `c${Math.floor(next() * 3)}` };
    });
    sketcher.fold(batchOf(events));
    for (const partial of sketcher.drain()) {
      detector.takePartial(log.length, partial);
      log.push({ partial });
    }
    const watermark = { sourcePartition: 0, sourcePartitions: 1, watermark: sketcher.watermark, idleFor: 0 };
    detector.takeWatermark(log.length, watermark);
    log.push({ watermark });
    learnt.push(...detector.drain().baselines);
  }
  return log;
}

/** @param restartEvery after so many records it goes on from its state. */
function learnt(log: readonly LogRecord[], restartEvery = Infinity) {
  const book = new BaselineBook(true);
  const panes: PaneRow[] = [];
  const ids: string[] = [];
  const knowledge = {
    monitorOf: () => LEARNS,
    baselineOf: (...asked: Parameters<BaselineBook['of']>) => book.of(...asked),
  };
  let detector = new Detector(0, knowledge);
  const take = (offset: number): void => {
    const record = log[offset];
    if ('partial' in record) detector.takePartial(offset, record.partial);
    else detector.takeWatermark(offset, record.watermark);
  };
  log.forEach((_, offset) => {
    take(offset);
    const output = detector.drain();
    panes.push(...output.panes);
    for (const baseline of output.baselines) {
      book.add(baseline);
      ids.push(baseline.id);
    }
    assert.deepEqual(detector.takeFailures(), []);
    if (offset % restartEvery !== restartEvery - 1) return;
    const [state, oldest] = [structuredClone(detector.snapshot()), detector.oldestNeeded];
    detector = new Detector(0, knowledge);
    // As the store gives them: by start, of each pane what had come in time first, then what came late in the order of its coming.
    for (const needed of detector.restore(state)) {
      for (const row of panesNeeded(panes, needed)) detector.takeClosedPane(row);
    }
    for (let again = oldest; again <= offset; again++) take(again);
    detector.drain();
  });
  return { ids, late: panes.filter(({ part }) => part !== 'pane').length };
}

test('What is learnt with late events is the same baseline over restarts', () => {
  const log = logWithLateEvents();
  const unbroken = learnt(log);
  assert.ok(unbroken.late > 20, `${unbroken.late} late parts`);
  assert.equal(unbroken.ids.length, 2, 'it is learnt, and completed by the dependence of its columns');
  for (const every of [7, 31])
    assert.deepEqual(learnt(log, every).ids, unbroken.ids, `a restart every ${every} records`);
});
