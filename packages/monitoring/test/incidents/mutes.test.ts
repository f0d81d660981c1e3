import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  Detector,
  PartitionSketcher,
  type Baseline,
  type DriftEvent,
  type Monitor,
  type Mute,
} from '../../src/index.js';
import { batchOf, MINUTE, MONITOR as PLAIN, random, START, type TestEvent } from '../fixtures.js';

const at = (minute: number): number => START + minute * MINUTE;

function monitorWith(mutes: readonly Mute[]): Monitor {
  return { ...PLAIN, segments: [], mutes, baseline: { from: 'first-windows', windows: 8, events: 1000 } };
}

/** Minutes of events in which x is shifted as `shiftOf` says; restarted after a minute where one is given. */
function detected(monitor: Monitor, shiftOf: (minute: number) => number, restartAt = -1): DriftEvent[] {
  let learnt: Baseline | null = null;
  const knowledge = { monitorOf: () => monitor, baselineOf: () => learnt };
  const sketcher = new PartitionSketcher(knowledge);
  let detector = new Detector(0, knowledge);
  const next = random(5);
  const events: DriftEvent[] = [];
  let offset = 0;
  for (let minute = 0; minute < 150; minute++) {
    sketcher.fold(
      batchOf(
        Array.from({ length: 200 }, (_, i): TestEvent => {
          const normal = Array.from({ length: 12 }, next).reduce((sum, u) => sum + u, -6);
          return { time: at(minute) + i * 290, features: { x: normal + shiftOf(minute), y: next() } };
        }),
      ),
    );
    for (const partial of sketcher.drain()) detector.takePartial(offset++, partial);
    const { watermark } = sketcher;
    detector.takeWatermark(offset++, { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 });
    const output = detector.drain();
    learnt ??= output.baselines.at(0) ?? null;
    events.push(...output.events.filter(({ signal }) => signal !== 'baseline'));
    if (minute !== restartAt) continue;
    const snapshot = JSON.parse(JSON.stringify(detector.snapshot())) as ReturnType<Detector['snapshot']>;
    detector = new Detector(0, knowledge);
    detector.restore(snapshot);
  }
  return events;
}

const told = (events: readonly DriftEvent[]): string[] =>
  events.map(({ status, column, notify, muted }) => `${status} ${column} ${notify ? 'sent' : 'kept'} ${muted}`.trim());

const SALE: Mute = { from: at(60), to: at(80), every: null, reason: 'sale', columns: null };
/** A shift while the sale lasts, and no longer. */
const duringSale = (minute: number): number => (minute >= 60 && minute < 80 ? 1 : 0);

describe('a mute', () => {
  test('keeps what a known event brings about, and does not send it', () => {
    assert.deepEqual(told(detected(monitorWith([]), duringSale)), ['opened x sent', 'resolved x sent']);
    assert.deepEqual(told(detected(monitorWith([SALE]), duringSale)), ['opened x kept sale', 'resolved x kept sale']);
  });

  test('is about the columns that it names', () => {
    assert.deepEqual(told(detected(monitorWith([{ ...SALE, columns: ['y'] }]), duringSale)), [
      'opened x sent',
      'resolved x sent',
    ]);
    assert.deepEqual(told(detected(monitorWith([{ ...SALE, columns: ['x'] }]), duringSale))[0], 'opened x kept sale');
  });

  test('comes again', () => {
    const daily: Mute = { ...SALE, from: at(60) - 7 * 30 * MINUTE, to: at(80) - 7 * 30 * MINUTE, every: 30 * MINUTE };
    assert.equal(told(detected(monitorWith([daily]), duringSale))[0], 'opened x kept sale');
    const between: Mute = { ...daily, from: daily.from + 20 * MINUTE, to: daily.from + 25 * MINUTE };
    assert.equal(told(detected(monitorWith([between]), (minute) => (minute >= 60 ? 1 : 0)))[0], 'opened x sent');
  });

  test('does not keep what outlasts it', () => {
    const events = detected(monitorWith([SALE]), (minute) => (minute >= 60 ? 1 : 0));
    assert.deepEqual(told(events), ['opened x kept sale', 'updated x sent']);
    assert.match(events[1].summary, /^still there after the mute \(sale\): x: /);
    assert.equal(events[1].incidentId, events[0].incidentId);
    // Three windows in which it lingers and three quiet ones would have ended it.
    assert.equal(events[1].windowEnd, at(80 + 7 * 5));
  });

  test('holds over a restart', () => {
    const shift = (minute: number): number => (minute >= 60 ? 1 : 0);
    const whole = detected(monitorWith([SALE]), shift);
    // At the end of a window, as panes of one that is open would have to be read again.
    for (const minute of [69, 74, 84, 99]) assert.deepEqual(detected(monitorWith([SALE]), shift, minute), whole);
  });
});
