import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toForget } from '../../src/windows/spread-windows.js';
import { MINUTE, START } from '../fixtures.js';

const SIZE = 5 * MINUTE;
const DAY = 288;
const starts = (count: number): number[] => Array.from({ length: count }, (_, window) => START + window * SIZE);

function kept(all: readonly number[], most: number): number[] {
  const forgotten = new Set(toForget(all, SIZE, most));
  return all.filter((start) => !forgotten.has(start));
}

describe('windows that are kept of many', () => {
  test('are all of them where they may be', () => {
    assert.deepEqual(toForget(starts(50), SIZE, 50), []);
    assert.deepEqual(toForget([], SIZE, 1), []);
  });

  test('are as many as may be, all over the stretch, in runs', () => {
    const some = kept(starts(14 * DAY), 240);
    assert.equal(some.length, 240);
    const days = new Set(some.map((start) => Math.floor((start - START) / SIZE / DAY)));
    assert.ok(days.size >= 8, `of ${days.size} days`);
    const follow = some.filter((start, at) => at > 0 && start - some[at - 1] === SIZE).length;
    assert.ok(follow >= 0.9 * some.length, `${follow} follow another`);
  });

  test('are the same in whatever order windows come, and stay when more do', () => {
    const all = starts(3 * DAY);
    const early = kept(all.slice(0, 2 * DAY), 240);
    assert.deepEqual(kept([...early, ...all.slice(2 * DAY)], 120), kept(all, 120));
  });

  test('are the last ones where a run is more than may be kept', () => {
    const day = starts(12);
    assert.deepEqual(kept(day, 5), day.slice(-5));
  });
});
