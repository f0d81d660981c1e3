import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baselineOf, Detector, PartitionSketcher, type Monitor } from '../../src/index.js';
import { countedWindows, IDENTITY } from '../counted-baseline.js';
import { batchOf, MINUTE, MONITOR, random, START } from '../fixtures.js';

const COLUMNS = 12;
const WINDOWS = 40;
const EVENTS = 300;

test('The fit of a null goes in steps of one series of one column, and gives what it gives at once', () => {
  const monitor: Monitor = { ...MONITOR, segments: [] };
  const draw = random(5);
  const batchAt = (window: number) =>
    batchOf(
      Array.from({ length: EVENTS }, (_, n) => ({
        time: START + window * 5 * MINUTE + n,
        features: Object.fromEntries(Array.from({ length: COLUMNS }, (__, at) => [`x${at}`, draw() + draw()])),
      })),
    );
  const { columns, builder } = countedWindows(monitor, WINDOWS, batchAt);
  const baseline = baselineOf(IDENTITY, WINDOWS * EVENTS, columns, builder.build());
  const knowledge = { monitorOf: () => monitor, baselineOf: () => baseline };
  // An object of its own: what is fitted to the other one is not found.
  const copy = { ...baseline };
  const sketcher = new PartitionSketcher(knowledge);
  const [atOnce, inSteps] = [new Detector(0, knowledge), new Detector(0, { ...knowledge, baselineOf: () => copy })];
  const stepsOf = (window: number): number => {
    sketcher.fold(batchAt(window));
    let offset = window * 100;
    for (const partial of sketcher.drain()) {
      for (const detector of [atOnce, inSteps]) detector.takePartial(offset, partial);
      offset++;
    }
    const watermark = START + (window + 1) * 5 * MINUTE + MINUTE;
    const source = { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 };
    atOnce.takeWatermark(offset, source);
    let steps = 0;
    for (const each = inSteps.advance(offset, source); each.next().done !== true;) steps++;
    assert.deepEqual(inSteps.drain(), atOnce.drain());
    return steps;
  };
  const [fitted, usual] = [stepsOf(WINDOWS), stepsOf(WINDOWS + 1)];
  // A column has fifteen features and more, each of which passes several stages.
  assert.ok(fitted - usual > 15 * COLUMNS, `${fitted} steps with the fit, ${usual} without`);
});
