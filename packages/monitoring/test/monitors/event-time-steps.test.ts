import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Detector, PartitionSketcher, type DriftEvent, type Monitor } from '../../src/index.js';
import { batchOf, knowledgeOf, MINUTE, MONITOR, random, START, type TestEvent } from '../fixtures.js';

const TWO_HORIZONS: Monitor = {
  ...MONITOR,
  windows: [
    { size: 5 * MINUTE, slide: 5 * MINUTE, origin: 0 },
    { size: 30 * MINUTE, slide: 30 * MINUTE, origin: 0 },
  ],
  baseline: { from: 'first-windows', windows: 12, events: 1000 },
};
const LEARNT = 90;
const MINUTES = 330;

/** `x` is moved for an hour, and for another nothing comes. */
function eventsOf(minute: number, next: () => number): TestEvent[] {
  if (minute >= 220 && minute < 280) return [];
  const shift = minute >= 100 && minute < 160 ? 0.5 : 0;
  return Array.from({ length: 80 }, (_, index) => {
    const normal = Array.from({ length: 12 }, next).reduce((sum, u) => sum + u, -6);
    return { time: START + minute * MINUTE + index * 750, country: 'DE', features: { x: normal + shift } };
  });
}

/** What is told where event time goes on every so many minutes, once a baseline is learnt. */
function told(step: number): Pick<DriftEvent, 'id' | 'status' | 'signal'>[] {
  const next = random(3);
  const sketcher = new PartitionSketcher(knowledgeOf(TWO_HORIZONS));
  const detector = new Detector(0, knowledgeOf(TWO_HORIZONS));
  const events: DriftEvent[] = [];
  let offset = 0;
  for (let minute = 0; minute < MINUTES; minute++) {
    const batch = eventsOf(minute, next);
    if (batch.length > 0) sketcher.fold(batchOf(batch));
    for (const partial of sketcher.drain()) detector.takePartial(offset++, partial);
    if (minute >= LEARNT && minute < MINUTES - 1 && (minute - LEARNT) % step !== 0) continue;
    const watermark = START + (minute + 1) * MINUTE;
    detector.takeWatermark(offset++, { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 });
    events.push(...detector.drain().events);
  }
  return events.map(({ id, status, signal }) => ({ id, status, signal }));
}

test('windows of several sizes tell the same whatever steps event time takes, as after an outage', () => {
  const byMinute = told(1);
  assert.ok(byMinute.some(({ status, signal }) => status === 'resolved' && signal === 'data-drift'));
  assert.ok(byMinute.some(({ status, signal }) => status === 'resolved' && signal === 'silence'));
  for (const step of [17, 60, 239]) assert.deepEqual(told(step), byMinute, `every ${step} minutes`);
});
