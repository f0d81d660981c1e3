import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabelSilence, type LabelCount } from '../../src/quality/label-silence.js';
import { MINUTE, MONITOR, STREAM } from '../fixtures.js';

const HOUR = 60 * MINUTE;

/** Hourly windows whose labels come at given times, hours since the beginning; what is told of them, and when. */
function told(hours: number, labelledAt: (window: number) => number): string[] {
  const watch = new LabelSilence(STREAM, MONITOR);
  const story: string[] = [];
  for (let now = 1; now <= hours; now++) {
    const windows = Array.from({ length: now }, (_, window): LabelCount => {
      const [start, end] = [window * HOUR, (window + 1) * HOUR];
      return { start, end, predictions: 1000, labels: labelledAt(window) <= now ? 500 : 0 };
    });
    for (const { status } of watch.observe(windows.slice(-21 * 24), now * HOUR, null)) story.push(`${status} ${now}`);
  }
  return story;
}

/** Labels of a day come in one batch, some hours after it; none comes at weekends. */
function batch(window: number): number {
  const day = Math.floor(window / 24);
  const lag = [2, 5, 1, 3, 2][day % 5];
  const sent = day % 7 === 4 ? day + 3 : day % 7 === 5 ? day + 2 : day + 1;
  return 24 * sent + lag;
}

test('labels of a daily batch that rests at weekends are not missed, from the second week on', () => {
  const story = told(28 * 24, batch);
  assert.deepEqual(
    story.filter((line) => Number(line.split(' ')[1]) > 8 * 24),
    [],
  );
});

test('a batch that stops is told', () => {
  const story = told(28 * 24, (window) => (window < 20 * 24 ? batch(window) : Infinity));
  const last = story[story.length - 1];
  assert.match(last, /^opened/);
  assert.ok(Number(last.split(' ')[1]) < 20 * 24 + 8 * 24, last);
});
