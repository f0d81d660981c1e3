import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Scale } from '../scale/scale.js';
import { realParts, type RealParts } from './real-parts.js';

const MODELS = 8;
const SHAPE = { numeric: 20, categorical: 5, dimensions: 1, segments: 5, baselineWindows: 512 };

describe('A detector of eight models of 25 columns and five segments', { timeout: 240_000 }, () => {
  let parts: RealParts;
  let scale: Scale;
  before(async () => {
    parts = await realParts();
    scale = await Scale.open(parts, { models: MODELS, detectors: 1, partitions: 2, closes: 2, shape: SHAPE });
  });
  after(async () => {
    await scale.stop();
    await parts.release();
  });

  test('fits all nulls as their first windows close, without losing its membership or standing still, and no more after a restart within its process', async () => {
    const first = await scale.close('the first');
    const second = await scale.close('the second');
    await scale.restart('in-process');
    const third = await scale.close('the first after a restart');
    for (const close of [first, second, third]) {
      assert.equal(close.judged, MODELS, close.name);
      assert.equal(close.takeovers, 0, close.name);
      // Milliseconds. All of them at once are a block of several seconds, a stream alone one of 600 to 1,000; machines that do other work add theirs.
      assert.ok(close.longestOwnBlock < 2000, `${close.name}: ${close.longestOwnBlock} ms`);
    }
    assert.ok(third.cpuSeconds < first.cpuSeconds / 2, `${third.cpuSeconds} s after ${first.cpuSeconds} s`);
  });
});
