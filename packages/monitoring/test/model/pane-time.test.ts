import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lastWindowStart, paneStart, windowStartsOf } from '../../src/model/pane-time.js';

test('panes start at multiples of their size, before the epoch too', () => {
  assert.equal(paneStart(125, 60), 120);
  assert.equal(paneStart(120, 60), 120);
  assert.equal(paneStart(-1, 60), -60);
});

test('a pane belongs to exactly the windows that hold it whole', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -500, max: 500 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: -9, max: 9 }),
      (paneIndex, slidePanes, slides, originPanes) => {
        const pane = 60;
        const window = { size: slidePanes * slides * pane, slide: slidePanes * pane, origin: originPanes * pane };
        const start = paneIndex * pane;
        const expected: number[] = [];
        for (let at = start - window.size - window.slide; at <= start; at += pane) {
          const aligned = (((at - window.origin) % window.slide) + window.slide) % window.slide === 0;
          if (aligned && at <= start && start + pane <= at + window.size) expected.push(at);
        }
        assert.deepEqual(windowStartsOf(start, pane, window), expected);
        assert.equal(lastWindowStart(start, window), expected.at(-1));
      },
    ),
  );
});
