import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  Detector,
  PartitionSketcher,
  type DetectorOutput,
  type DriftEvent,
  type Monitor,
  type SketchPartial,
  type SourceWatermark,
} from '../../src/index.js';
import { batchOf, knowledgeOf, MINUTE, MONITOR, random, START, type TestEvent } from '../fixtures.js';

type LogRecord = { partial: SketchPartial } | { watermark: SourceWatermark };

/** Minutes of events through a sketcher that commits every minute; what it would have written to the partials' topic. */
function logOf(minutes: readonly (readonly TestEvent[])[], monitor: Monitor = MONITOR): LogRecord[] {
  const sketcher = new PartitionSketcher(knowledgeOf(monitor));
  return minutes.flatMap((events): LogRecord[] => {
    sketcher.fold(batchOf(events));
    const watermark = { sourcePartition: 0, sourcePartitions: 1, watermark: sketcher.watermark, idleFor: 0 };
    return [...sketcher.drain().map((partial) => ({ partial })), { watermark }];
  });
}

function run(detector: Detector, log: readonly LogRecord[], from = 0): DetectorOutput[] {
  return log.slice(from).map((record, index) => {
    if ('partial' in record) detector.takePartial(from + index, record.partial);
    else detector.takeWatermark(from + index, record.watermark);
    return detector.drain();
  });
}

function joined(outputs: readonly DetectorOutput[]) {
  return {
    panes: outputs.flatMap(({ panes }) => panes),
    windows: outputs.flatMap(({ windows }) => windows),
    events: outputs.flatMap(({ events }) => events),
    baselines: outputs.flatMap(({ baselines }) => baselines),
  };
}

/** A stream of `count` minutes with `perMinute` events: x normal-ish and shifted from `shiftFrom` on, by country. */
function minutesOf(
  count: number,
  perMinute: number,
  shiftOf: (minute: number, country: string) => number,
  seed = 7,
): TestEvent[][] {
  const next = random(seed);
  return Array.from({ length: count }, (_, minute) =>
    Array.from({ length: perMinute }, (_, index) => {
      const country = next() < 0.8 ? 'DE' : 'FR';
      const normal = Array.from({ length: 12 }, next).reduce((sum, u) => sum + u, -6);
      const time = START + minute * MINUTE + Math.floor((index / perMinute) * MINUTE);
      return { time, country, features: { x: normal + shiftOf(minute, country), plan: next() < 0.3 ? 'pro' : 'free' } };
    }),
  );
}

const alarms = (events: readonly DriftEvent[]) =>
  events
    .filter((event) => event.signal !== 'baseline')
    .map((event) => `${event.status} ${event.column} ${event.segment.value}`);

describe('a stream', () => {
  test('without drift raises nothing, and says that its first windows became the baseline', () => {
    const { events, baselines } = joined(
      run(new Detector(0, knowledgeOf(MONITOR)), logOf(minutesOf(120, 200, () => 0))),
    );
    assert.deepEqual(alarms(events), []);
    assert.equal(baselines.length, 1);
    assert.equal(baselines[0].source, 'first windows');
    assert.deepEqual(
      events.map(({ signal, status }) => [signal, status]),
      [['baseline', 'noted']],
    );
  });

  test('that shifts opens one incident about the column, and resolves it when the shift is over', () => {
    const shifted = minutesOf(120, 200, (minute) => (minute >= 40 && minute < 70 ? 1 : 0));
    const { events } = joined(run(new Detector(0, knowledgeOf(MONITOR)), logOf(shifted)));
    assert.deepEqual(alarms(events), ['opened x ', 'resolved x ']);
    const [opened] = events.filter(({ status }) => status === 'opened');
    assert.equal(opened.since, START + 40 * MINUTE);
    assert.equal(opened.windowStart, START + 40 * MINUTE);
    assert.equal(opened.severity, 'major');
    assert.equal(opened.signal, 'data-drift');
    assert.equal(opened.notify, true);
    assert.match(
      opened.summary,
      /^x: PSI \d\.\d\d \(location.*\); mean .* → .*; baseline too short .*: 2 windows, 40 are needed$/,
    );
  });

  test('with a segment that always differs raises nothing about it', () => {
    const differing = minutesOf(120, 300, (_, country) => (country === 'FR' ? 0.8 : 0));
    const { events } = joined(run(new Detector(0, knowledgeOf(MONITOR)), logOf(differing)));
    assert.deepEqual(alarms(events), []);
  });

  test('that wanders raises nothing once its baseline is long enough to show how, and a real shift is still found', () => {
    const long: Monitor = { ...MONITOR, segments: [], baseline: { from: 'first-windows', windows: 48, events: 1000 } };
    const next = random(21);
    let level = 0;
    const levels = Array.from({ length: 480 }, (_, minute) => {
      if (minute % 5 === 0) level = 0.7 * level + 0.1 * (Array.from({ length: 12 }, next).reduce((a, b) => a + b) - 6);
      return level;
    });
    const quiet = joined(
      run(
        new Detector(0, knowledgeOf(long)),
        logOf(
          minutesOf(480, 200, (minute) => levels[minute]),
          long,
        ),
      ),
    );
    assert.deepEqual(alarms(quiet.events), []);
    const shifts = minutesOf(480, 200, (minute) => levels[minute] + (minute >= 400 ? 1.2 : 0));
    const found = joined(run(new Detector(0, knowledgeOf(long)), logOf(shifts, long)));
    assert.deepEqual(alarms(found.events), ['opened x ']);
    const [opened] = found.events.filter(({ status }) => status === 'opened');
    // One column of 48 windows tells little of how windows vary: it takes four of them to be sure.
    assert.ok(opened.windowEnd <= START + 420 * MINUTE);
    assert.doesNotMatch(opened.summary, /too short/);
  });

  test('that shifts in one small segment alone is told so', () => {
    const shifted = minutesOf(60, 300, (minute, country) => (minute >= 30 && country === 'FR' ? 0.5 : 0));
    const { events } = joined(run(new Detector(0, knowledgeOf(MONITOR)), logOf(shifted)));
    const notified = events.filter(({ notify, status }) => notify && status === 'opened');
    assert.deepEqual(alarms(notified), ['opened x FR']);
  });

  test('that stops is noticed while others go on, unless another version took over', () => {
    const busy = minutesOf(60, 100, () => 0);
    const stops = minutesOf(30, 100, () => 0, 9);
    const run2 = (other: { model: string; version: string }) => {
      const sketcher = new PartitionSketcher(knowledgeOf(MONITOR));
      const detector = new Detector(0, knowledgeOf(MONITOR));
      let offset = 0;
      busy.forEach((events, minute) => {
        sketcher.fold(batchOf(events, { ...other, role: 'champion' }));
        if (minute < stops.length) sketcher.fold(batchOf(stops[minute]));
        for (const partial of sketcher.drain()) detector.takePartial(offset++, partial);
        const watermark = { sourcePartition: 0, sourcePartitions: 1, watermark: sketcher.watermark, idleFor: 0 };
        detector.takeWatermark(offset++, watermark);
      });
      return detector.drain().events.filter(({ signal }) => signal === 'silence');
    };
    const [silence, ...more] = run2({ model: 'another', version: '1' });
    assert.equal(more.length, 0);
    assert.deepEqual([silence.status, silence.since, silence.severity], ['opened', START + 30 * MINUTE, 'major']);
    assert.deepEqual(run2({ model: 'm', version: '2' }), []);
  });
});

describe('late partials', () => {
  test('go out as a further part of their pane, named after their offset', () => {
    const minutes = minutesOf(4, 50, () => 0);
    const late = { time: START + 1, features: { x: 3 } };
    const { panes } = joined(run(new Detector(3, knowledgeOf(MONITOR)), logOf([...minutes, [late]])));
    const first = panes.filter(({ pane }) => pane.start === START && pane.segment.dimension === '');
    assert.deepEqual(
      first.map(({ part, events }) => [part.replace(/\d+$/, 'N'), events]),
      [
        ['pane', 50],
        ['late-3-N', 1],
      ],
    );
  });

  test('within the allowed lateness join it', () => {
    const minutes = [[{ time: START, features: { x: 1 } }], [{ time: START + MINUTE + 29_999, features: { x: 1 } }]];
    const late = [{ time: START + 59_999, features: { x: 3 } }];
    const end = [{ time: START + 10 * MINUTE, features: { x: 1 } }];
    const { panes } = joined(run(new Detector(0, knowledgeOf(MONITOR)), logOf([...minutes, late, end])));
    assert.deepEqual(
      panes.map(({ pane, part, events }) => [(pane.start - START) / MINUTE, part, events]),
      [
        [0, 'pane', 2],
        [1, 'pane', 1],
      ],
    );
  });
});

test('small windows wait and merge until they are worth judging', () => {
  const slow = minutesOf(120, 20, (minute) => (minute >= 60 ? 1.5 : 0));
  const { events, windows } = joined(run(new Detector(0, knowledgeOf(MONITOR)), logOf(slow)));
  assert.ok(windows.every(({ events: n }) => n <= 100));
  assert.deepEqual(alarms(events).slice(0, 1), ['opened x ']);
});

test('a window of a silent hour is passed over, not enumerated for ever', () => {
  const gap = [...minutesOf(10, 100, () => 0), [{ time: START + 400 * 24 * 60 * MINUTE, features: { x: 0 } }]];
  const { windows } = joined(run(new Detector(0, knowledgeOf(MONITOR)), logOf(gap)));
  assert.ok(windows.length < 100);
});

describe('a restart', () => {
  const drifting = logOf(minutesOf(90, 120, (minute) => (minute >= 40 ? 0.6 : 0)));

  test('at any record gives what an unbroken run gives', () => {
    const whole = joined(run(new Detector(0, knowledgeOf(MONITOR)), drifting));
    const next = random(3);
    for (let round = 0; round < 25; round++) {
      const stop = Math.floor(next() * drifting.length);
      const first = new Detector(0, knowledgeOf(MONITOR));
      const before = joined(run(first, drifting.slice(0, stop)));
      const oldest = first.oldestNeeded;
      const snapshot = structuredClone(first.snapshot());

      const second = new Detector(0, { ...knowledgeOf(MONITOR), baselineOf: () => before.baselines.at(0) ?? null });
      for (const { stream, from, to } of second.restore(snapshot)) {
        for (const row of before.panes) {
          const same = row.pane.stream.model === stream.model && row.pane.stream.version === stream.version;
          if (same && row.pane.start >= from && row.pane.start < to) second.takeClosedPane(row);
        }
      }
      const after = joined(run(second, drifting, oldest));
      const ids = (output: typeof whole) => ({
        panes: output.panes.map(({ pane, part, events }) => [pane.start, pane.segment.value, part, events]),
        windows: output.windows.map((row) => [
          row.windowStart,
          row.segment.value,
          row.column,
          row.events,
          row.severity,
        ]),
        events: output.events.map(({ id }) => id),
      });
      const both = {
        panes: [...before.panes, ...after.panes],
        windows: [...before.windows, ...after.windows],
        events: [...before.events, ...after.events],
        baselines: [],
      };
      assert.deepEqual(ids(both), ids(whole), `stopped at record ${stop}, read again from ${oldest}`);
    }
  });
});

test('the end of a file closes what is open, and is no silence', () => {
  const detector = new Detector(0, knowledgeOf(MONITOR));
  run(detector, logOf(minutesOf(33, 100, () => 0)));
  detector.finish();
  const { windows, panes, events } = detector.drain();
  assert.ok(panes.some(({ pane }) => pane.start === START + 32 * MINUTE));
  assert.ok(windows.some(({ windowStart, events: n }) => windowStart === START + 30 * MINUTE && n === 300));
  assert.deepEqual(alarms(events), []);
  assert.equal(detector.openPanes, 0);
});
