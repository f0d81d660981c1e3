import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seasonSlots, slotOf } from '../../src/evidence/season-slots.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** A Monday, at midnight. */
const MONDAY = Date.UTC(2026, 0, 5);

describe('slots of a season', () => {
  test('are the hours of a day once two days have been seen, those of a week once three weeks have', () => {
    const countOf = (size: number, seen: number, season: 'auto' | 'day' | 'week' | 'none' = 'auto') =>
      seasonSlots(size, MONDAY, MONDAY + seen, season).count;
    assert.equal(countOf(HOUR, 2 * DAY - 1), 1);
    assert.equal(countOf(HOUR, 2 * DAY), 24);
    assert.equal(countOf(5 * 60_000, 2 * DAY), 24);
    assert.equal(countOf(HOUR, 3 * WEEK), 168);
    assert.equal(countOf(4 * HOUR, 3 * WEEK), 42);
    assert.equal(countOf(DAY, 3 * WEEK), 7, 'windows of a day show the days of the week');
    assert.equal(countOf(DAY, 2 * WEEK), 1);
    assert.equal(countOf(HOUR, 3 * WEEK, 'day'), 24);
    assert.equal(countOf(HOUR, 3 * WEEK, 'none'), 1);
    assert.equal(countOf(HOUR, 2 * WEEK, 'week'), 24, 'until there are enough weeks, those of the day');
  });

  test('begin on Monday at midnight, before the epoch too', () => {
    const week = seasonSlots(HOUR, MONDAY, MONDAY + 3 * WEEK, 'auto');
    assert.equal(slotOf(MONDAY, week), 0);
    assert.equal(slotOf(MONDAY + 25 * HOUR + 30 * 60_000, week), 25);
    assert.equal(slotOf(MONDAY - HOUR, week), 167);
    assert.equal(slotOf(MONDAY - 5000 * WEEK + 3 * HOUR, week), 3);
    assert.deepEqual([week.within, week.windowsPerSlot], [24, 1]);
    const day = seasonSlots(5 * 60_000, MONDAY, MONDAY + 2 * DAY, 'auto');
    assert.deepEqual([slotOf(MONDAY + 13 * HOUR + 1, day), day.windowsPerSlot, day.within], [13, 12, 0]);
  });
});
