import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Detector, PartitionSketcher, type DriftEvent, type Monitor } from '../../src/index.js';
import { batchOf, knowledgeOf, MINUTE, MONITOR, random, START, type TestEvent } from '../fixtures.js';

/** What one event of a country is like, before or after the change. */
interface Course {
  readonly shareOfBrazil: number;
  readonly shiftOf: (country: string) => number;
  readonly nullsOf: (country: string) => number;
  /** Countries whose events do not tell it. */
  readonly untold: readonly string[];
}

const USUAL: Course = {
  shareOfBrazil: 0.1,
  shiftOf: (country) => (country === 'BR' ? -1 : 0),
  nullsOf: () => 0.01,
  untold: [],
};

/** The events of an hour's minutes; from the fortieth on the course is another. */
function hourOf(changed: Course, perMinute = 400): TestEvent[][] {
  const next = random(11);
  return Array.from({ length: 60 }, (_, minute) => {
    const course = minute < 40 ? USUAL : changed;
    return Array.from({ length: perMinute }, (_, index): TestEvent => {
      const country = next() < course.shareOfBrazil ? 'BR' : 'DE';
      const normal = Array.from({ length: 12 }, next).reduce((sum, u) => sum + u, -6);
      const income = next() < course.nullsOf(country) ? null : normal + course.shiftOf(country);
      const time = START + minute * MINUTE + Math.floor((index / perMinute) * MINUTE);
      return { time, features: { income }, ...(course.untold.includes(country) ? {} : { country }) };
    });
  });
}

/** The first incident about all events of a stream whose last twenty minutes have changed. */
function firstIncident(changed: Partial<Course>, monitor: Monitor = MONITOR): DriftEvent {
  const sketcher = new PartitionSketcher(knowledgeOf(monitor));
  const detector = new Detector(0, knowledgeOf(monitor));
  let offset = 0;
  for (const events of hourOf({ ...USUAL, ...changed })) {
    sketcher.fold(batchOf(events));
    for (const partial of sketcher.drain()) detector.takePartial(offset++, partial);
    const { watermark } = sketcher;
    detector.takeWatermark(offset++, { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 });
  }
  const opened = detector.drain().events.find(({ status, segment }) => status === 'opened' && segment.dimension === '');
  assert.ok(opened !== undefined, 'an incident opened');
  return opened;
}

describe('an incident about all events', () => {
  test('says which segment changed, where one did', () => {
    const shiftOf = (country: string): number => (country === 'BR' ? 1.5 : 0);
    const { segments, aspects, summary, query } = firstIncident({ shiftOf });
    const [first] = segments;
    assert.deepEqual([first.dimension, first.value, first.kind], ['country', 'BR', 'within']);
    assert.ok(first.shareOfChange > 0.8 && first.shareOfChange < 1.2, String(first.shareOfChange));
    assert.ok(Math.abs(first.windowShare - 0.1) < 0.03 && Math.abs(first.events / 2000 - 0.1) < 0.03);
    assert.ok(aspects.includes('shape') || aspects.includes('location'), aspects.join());
    assert.match(summary, /; \d+ % of it in country = BR \([\d.]+ % of the events\);/);
    assert.match(query, /IN \(\('', ''\), \('country', 'BR'\)\)/);
  });

  test('says that the share of a segment rose, where the segments themselves stayed as they were', () => {
    const { segments, summary } = firstIncident({ shareOfBrazil: 0.5 });
    const mix = segments
      .filter(({ kind }) => kind === 'mix')
      .reduce((sum, { shareOfChange }) => sum + shareOfChange, 0);
    assert.ok(mix > 0.8 && mix < 1.2, String(mix));
    assert.deepEqual([segments[0].value, segments[0].kind], ['BR', 'mix']);
    assert.ok(segments[0].windowShare - segments[0].baselineShare > 0.35);
    assert.match(summary, /% of it as country = BR went from 1?\d(\.\d)? % to \d\d % of the events/);
  });

  test('names no segment in its sentence where all changed alike, and each has its share of the change', () => {
    const { segments, summary } = firstIncident({ shiftOf: (country) => USUAL.shiftOf(country) + 1 });
    const [first] = segments;
    assert.deepEqual([first.value, first.kind], ['DE', 'within']);
    assert.ok(Math.abs(first.shareOfChange - 0.9) < 0.1, String(first.shareOfChange));
    assert.doesNotMatch(summary, / of it /);
  });

  test('about missing values divides their rate', () => {
    const { segments, aspects, findings } = firstIncident({ nullsOf: (country) => (country === 'BR' ? 0.6 : 0.01) });
    assert.equal(findings[0].metric, 'null-rate');
    assert.equal(aspects[0], 'missingness');
    assert.deepEqual([segments[0].value, segments[0].kind], ['BR', 'within']);
    assert.ok(Math.abs(segments[0].effect - 0.059) < 0.015, String(segments[0].effect));
  });

  test('counts events that stopped telling their segment as such', () => {
    const shiftOf = (country: string): number => (country === 'BR' ? 1.5 : 0);
    const { segments } = firstIncident({ untold: ['BR'], shiftOf });
    const untold = segments.find(({ value }) => value === '');
    assert.ok(untold !== undefined && untold.kind === 'mix' && untold.baselineShare === 0);
    assert.ok(Math.abs(untold.windowShare - 0.1) < 0.03, String(untold.windowShare));
    assert.ok(untold.shareOfChange > 0.2, String(untold.shareOfChange));
  });

  test('has nothing to say of segments where none are sliced', () => {
    const { segments, aspects } = firstIncident(
      { shiftOf: (country) => USUAL.shiftOf(country) + 0.7 },
      { ...MONITOR, segments: [] },
    );
    assert.deepEqual(segments, []);
    assert.equal(aspects[0], 'location');
  });
});
