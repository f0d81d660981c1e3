import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoMoments } from '@tidemark/sketches';
import { allAtOnce } from '@tidemark/statistics';
import { dependenceCounts } from '../../../src/evidence/dependence/dependence-counts.js';
import { explainedShare, dependenceNull } from '../../../src/evidence/dependence/dependence-null.js';
import { MINUTE, random, START } from '../../fixtures.js';
import type { DependenceWindow } from '../../../src/model/baseline-windows.js';

const WINDOW = 5 * MINUTE;
const EVENTS = 300;
const NAMES = Array.from({ length: 30 }, (_, column) => `c${column}`);

function windowAt(index: number, seed: number): DependenceWindow {
  const next = random(seed * 100_003 + 7919 * index);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const scores = NAMES.map(() => Float64Array.from({ length: EVENTS }, () => Math.round(32 * normal())));
  const moments = CoMoments.empty(NAMES);
  moments.add(
    scores,
    NAMES.map(() => null),
    EVENTS,
  );
  return { start: START + index * WINDOW, events: EVENTS, moments };
}

test('the reconstruction error of new windows lies around that of the baseline, which its components were made of', () => {
  const off = [1, 2, 3, 4].map((seed) => {
    const fitted = allAtOnce(
      dependenceNull({
        columns: NAMES,
        windows: Array.from({ length: 42 }, (_, index) => windowAt(index, seed)),
        ...{ size: WINDOW, window: { size: WINDOW, slide: WINDOW, origin: 0 } },
        ...{ minimumEvents: 200, season: 'none', alpha: 0.001 },
      }),
    );
    assert.ok(fitted !== null);
    const error = fitted.features[fitted.features.length - 1];
    const fresh = Array.from({ length: 60 }, (_, index) => windowAt(100 + index, seed));
    const mean = fresh.reduce((sum, { start, moments }) => {
      return sum + explainedShare(fitted.explained, dependenceCounts(start, moments), fitted.usual) / fresh.length;
    }, 0);
    return (mean - error.mean) / Math.sqrt(error.variance / EVENTS);
  });
  // In standard deviations of one window. Held against components that have seen them, the baseline's windows lie 1.8 off.
  for (const each of off) assert.ok(Math.abs(each) < 0.5, off.join(', '));
});
