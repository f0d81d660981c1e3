import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WatermarkTracker } from '../../src/windows/watermarks.js';

const from = (sourcePartition: number, watermark: number, idleFor = 0) => ({
  sourcePartition,
  sourcePartitions: 2,
  watermark,
  idleFor,
});

test('waits for every source partition, then follows the slowest', () => {
  const tracker = new WatermarkTracker();
  tracker.observe(from(0, 100));
  assert.equal(tracker.current, -Infinity);
  tracker.observe(from(1, 40));
  assert.equal(tracker.current, 40);
  tracker.observe(from(1, 300));
  assert.equal(tracker.current, 100);
});

test('does not wait for an idle partition, and does not go back when it wakes', () => {
  const tracker = new WatermarkTracker();
  tracker.observe(from(0, 100));
  tracker.observe(from(1, -Infinity, 30));
  assert.equal(tracker.current, 100);
  tracker.observe(from(1, 20));
  assert.equal(tracker.current, 100);
});

test('goes on at the pace of the clock while all are idle', () => {
  const tracker = new WatermarkTracker();
  tracker.observe(from(0, 100));
  tracker.observe(from(1, 90));
  tracker.observe(from(1, 90, 50));
  assert.equal(tracker.current, 100);
  tracker.observe(from(0, 100, 40));
  assert.equal(tracker.current, 140);
});

test('a partition that is read again does not pull time back', () => {
  const tracker = new WatermarkTracker();
  tracker.observe(from(0, 100));
  tracker.observe(from(1, 100));
  tracker.observe(from(1, 10));
  tracker.observe(from(0, 200));
  assert.equal(tracker.current, 100);
});

test('a restored tracker goes on as the original', () => {
  const tracker = new WatermarkTracker();
  tracker.observe(from(0, 100));
  tracker.observe(from(1, 50));
  const restored = WatermarkTracker.restore(tracker.snapshot());
  for (const each of [tracker, restored]) each.observe(from(1, 80));
  assert.equal(restored.current, tracker.current);
  assert.equal(restored.current, 80);
});
