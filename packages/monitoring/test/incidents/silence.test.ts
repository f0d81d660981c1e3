import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALL_EVENTS, type Baseline } from '../../src/index.js';
import { SilenceWatch } from '../../src/incidents/silence.js';
import { MINUTE, MONITOR, STREAM } from '../fixtures.js';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Monday. */
const START = Date.UTC(2026, 0, 5);

interface Course {
  /** Whether events come at a time, milliseconds since the first Monday. */
  readonly flows: (time: number) => boolean;
  readonly days: number;
  readonly size?: number;
  readonly baseline?: Baseline | null;
  readonly restarts?: boolean;
}

/** What is told of a stream: when, in hours since the first Monday. */
function told({ flows, days, size = 5 * MINUTE, baseline = null, restarts = false }: Course): string[] {
  let watch = new SilenceWatch(STREAM, MONITOR.decision);
  const story: string[] = [];
  for (let time = 0; time < days * DAY; time += size) {
    let events = 0;
    for (let at = time; at < time + size; at += 5 * MINUTE) if (flows(at)) events += 1000;
    const event = watch.observe({ index: 0, size }, START + time, events, null, baseline);
    if (event !== null) story.push(`${event.status} ${(event.windowEnd - START) / HOUR}`);
    if (!restarts) continue;
    const snapshot = JSON.parse(JSON.stringify(watch.snapshot())) as ReturnType<SilenceWatch['snapshot']>;
    watch = new SilenceWatch(STREAM, MONITOR.decision);
    watch.restore(snapshot);
  }
  return story;
}

const hourOf = (time: number): number => (time % DAY) / HOUR;
const isWeekend = (time: number): boolean => Math.floor(time / DAY) % 7 >= 5;
/** Nobody works to the minute. */
const late = (time: number): number => 0.3 * Math.sin(7 * Math.floor(time / DAY));
const officeHours = (time: number): boolean =>
  !isWeekend(time) && hourOf(time) >= 8 + late(time) && hourOf(time) < 18 + late(time + 1);
const opened = (story: readonly string[]): number[] =>
  story.filter((line) => line.startsWith('opened')).map((line) => Number(line.split(' ')[1]));

/** Two weeks of a stream, as a baseline has them. */
function baselineOf(flows: (time: number) => boolean, events = 1000): Baseline {
  const windows = Array.from({ length: (14 * DAY) / (5 * MINUTE) }, (_, window) => window * 5 * MINUTE)
    .filter(flows)
    .map((time) => ({ start: START - 14 * DAY + time, events, columns: [] }));
  return {
    ...{ id: 'b', model: 'm', version: '1', createdAt: START, source: 'test', rows: 1, columns: [] },
    ...{ periodStart: null, periodEnd: null, quality: null, kept: null },
    windows: { size: 5 * MINUTE, segments: [{ segment: ALL_EVENTS, windows }], joint: null, vectors: [] },
  };
}

describe('a stream that rests', () => {
  test('at night and at weekends is told until that is known, and then no more', () => {
    const nights = opened(told({ flows: officeHours, days: 28 }));
    assert.ok(nights.length > 0 && nights.length <= 4, nights.join(', '));
    assert.ok(
      nights.every((hour) => hour < 7 * 24 + 24),
      nights.join(', '),
    );
  });

  test('raises nothing where the baseline does so too', () => {
    assert.deepEqual(told({ flows: officeHours, days: 14, baseline: baselineOf(officeHours) }), []);
  });

  test('is told to be silent at noon, within two windows', () => {
    const outage = (time: number): boolean =>
      officeHours(time) && !(time >= 9 * DAY + 12 * HOUR && time < 9 * DAY + 15 * HOUR);
    const [from, to] = [9 * 24 + 12, 9 * 24 + 15];
    const story = told({ flows: outage, days: 11, baseline: baselineOf(officeHours) });
    assert.equal(story.length, 2);
    const [[first], second] = [opened(story), Number(story[1].split(' ')[1])];
    assert.ok(first > from && first < from + 0.2, story.join());
    assert.ok(second > to && second < to + 0.3, story.join());
  });

  test('is told when it does not come back in the morning', () => {
    const gone = (time: number): boolean => officeHours(time) && time < 9 * DAY;
    const [first, ...more] = opened(told({ flows: gone, days: 11, baseline: baselineOf(officeHours) }));
    assert.deepEqual(more, []);
    assert.ok(first >= 9 * 24 + 8 && first <= 9 * 24 + 11, String(first));
  });

  test('is not known by a baseline so thin that its windows are empty by chance', () => {
    const thin = baselineOf((time) => time % HOUR === 0, 3);
    assert.equal(opened(told({ flows: (time) => time < 2 * DAY, days: 3, baseline: thin })).length, 1);
  });
});

describe('a stream that never rests', () => {
  test('is told to be silent, and again the day after at the same hour', () => {
    const outage = (time: number): boolean =>
      ![3, 4].some((day) => time >= day * DAY + 10 * HOUR && time < day * DAY + 14 * HOUR);
    const story = told({ flows: outage, days: 6 });
    assert.deepEqual(
      opened(story).map((hour) => Math.floor(hour)),
      [3 * 24 + 10, 4 * 24 + 10],
    );
    assert.equal(story.length, 4);
  });
});

describe('a batch that comes every hour', () => {
  const hourly = (time: number): boolean => time % HOUR === 0;

  test('is told until that is known, and is over then', () => {
    const story = told({ flows: hourly, days: 4 });
    assert.equal(story.length, 2, story.join(', '));
    assert.ok(Number(story[1].split(' ')[1]) < 8, story.join(', '));
  });

  test('is seen to fail by windows that are as long', () => {
    const fails = (time: number): boolean => hourly(time) && !(time >= 3.5 * DAY && time < 3.75 * DAY);
    assert.deepEqual(opened(told({ flows: fails, days: 5, size: HOUR })), [3.5 * 24 + 2]);
  });
});

test('what is known of silences outlives a restart', () => {
  for (const days of [3, 9]) {
    assert.deepEqual(told({ flows: officeHours, days, restarts: true }), told({ flows: officeHours, days }));
  }
});
