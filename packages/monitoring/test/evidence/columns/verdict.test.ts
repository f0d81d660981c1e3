import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { baselineOf, PartitionSketcher, PastDetector, type DriftEvent, type Monitor } from '../../../src/index.js';
import { countedWindows, IDENTITY } from '../../counted-baseline.js';
import { batchOf, MINUTE, MONITOR as PLAIN, random, START } from '../../fixtures.js';

const WINDOW = 5 * MINUTE;
const BASELINE_WINDOWS = 48;
const MONITOR: Monitor = { ...PLAIN, segments: [], pane: WINDOW, allowedLateness: 0 };

type Value = number | boolean;

/** Events of one column `x`, window by window: those of the baseline and then those that are judged. */
function detected(
  events: number,
  valueAt: (window: number, next: () => number) => Value,
  windows: number,
): DriftEvent[] {
  const batchAt = (window: number) => {
    const next = random(11 + 7919 * window);
    return batchOf(
      Array.from({ length: events }, (_, row) => {
        const time = START + window * WINDOW + Math.floor((row / events) * WINDOW);
        return { time, features: { x: valueAt(window - BASELINE_WINDOWS, next) } };
      }),
    );
  };
  const counted = countedWindows(MONITOR, BASELINE_WINDOWS, batchAt);
  const baseline = baselineOf(IDENTITY, counted.events, counted.columns, counted.builder.build());
  const knowledge = { monitorOf: () => MONITOR, baselineOf: () => baseline };
  const sketcher = new PartitionSketcher(knowledge);
  const detector = new PastDetector(knowledge);
  return Array.from({ length: windows }, (_, window) => {
    sketcher.fold(batchAt(BASELINE_WINDOWS + window));
    return detector.take(sketcher.drain(), START + (BASELINE_WINDOWS + window + 1) * WINDOW).events;
  }).flat();
}

const story = (events: readonly DriftEvent[]): string[] =>
  events.map(({ status, windowStart }) => `${status} ${(windowStart - START) / WINDOW - BASELINE_WINDOWS}`);

describe('a rare value', () => {
  for (const [kind, rare, common] of [
    ['of a flag', true, false],
    ['of a number', 1, 0],
  ] as const) {
    test(`${kind} is found when it becomes ten times as frequent, and not before`, () => {
      const events = detected(200, (window, next) => (next() < (window < 6 ? 0.005 : 0.05) ? rare : common), 12);
      assert.match(story(events)[0], /^opened [678]$/);
    });

    test(`${kind} raises nothing by itself`, () => {
      assert.deepEqual(story(detected(200, (_, next) => (next() < 0.005 ? rare : common), 60)), []);
    });
  }
});

describe('an incident in much traffic', () => {
  const normal = (next: () => number) => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

  test('resolves where what is left does not matter, be there evidence for it', () => {
    const shiftAt = (window: number) => (window < 3 ? 0 : window < 8 ? 0.5 : 0.025);
    const events = detected(20_000, (window, next) => normal(next) + shiftAt(window), 24);
    assert.match(story(events).join(), /^opened [34],(updated \d,)*resolved \d+$/);
  });
});
