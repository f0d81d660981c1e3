import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MINUTE, START } from './fixtures.js';
import { panesOf, Sketchers, sumOf } from './sketchers.js';

describe('Models of one partition', () => {
  test('have each its own event time: one event far ahead makes no other model late', () => {
    const sketchers = new Sketchers(2);
    for (let second = 0; second < 600; second++) {
      const now = START + second * 1000;
      for (const partition of [0, 1]) {
        const ahead = second === 60 && partition === 0 ? { a: [now + 10 * MINUTE] } : {};
        sketchers.commit(partition, now, { ...ahead, b: [now - 200, now] });
      }
      // Afterwards the partition without `a` goes on as well, but for what it has of `a`.
      if (second === 60) sketchers.commit(1, now, { a: [now + 10 * MINUTE] });
    }
    const panes = panesOf(sketchers.log);
    const late = panes.filter(({ pane, part }) => pane.stream.model === 'b' && part !== 'pane');
    assert.equal(late.length, 0, `${late.length} late parts`);
    assert.equal(sumOf(panes, 'b'), 600 * 4);
    assert.equal(sumOf(panes, 'a'), 2);
  });
});
