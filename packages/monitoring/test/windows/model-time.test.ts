import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ModelTime } from '../../src/windows/model-time.js';
import type { SourceWatermark } from '../../src/summaries/partial.js';
import { WatermarkTracker } from '../../src/windows/watermarks.js';

const TIMEOUT = 30_000;

/** What one model makes of what the partitions say. */
class Listener {
  readonly time = new ModelTime();
  readonly sources = new WatermarkTracker();

  constructor(private readonly model: string) {}

  hear(source: SourceWatermark): number {
    this.sources.observe(source);
    const own = source.reader?.models.find(({ model }) => model === this.model);
    this.time.observe(source, own?.watermark ?? null);
    this.time.advance(this.sources.sources, source.sourcePartitions);
    return this.time.current;
  }
}

interface Said {
  readonly clock: number;
  readonly watermark: number;
  readonly models?: Readonly<Record<string, number>>;
  readonly idleFor?: number;
  readonly since?: number;
  readonly of?: number;
}

function said(sourcePartition: number, { clock, watermark, models = {}, idleFor = 0, since = 0, of = 2 }: Said) {
  const each = Object.entries(models).map(([model, at]) => ({ model, watermark: at }));
  const reader = { clock, since, idleTimeout: TIMEOUT, partialsPartitions: 1, models: each };
  return { sourcePartition, sourcePartitions: of, watermark, idleFor, reader };
}

describe("A model's event time", () => {
  test('is not moved by another model that is ahead in the same partition', () => {
    const b = new Listener('b');
    assert.equal(b.hear(said(0, { clock: 1000, watermark: 601_000, models: { a: 601_000, b: 1000 }, of: 1 })), 1000);
    assert.equal(b.hear(said(0, { clock: 2000, watermark: 601_000, models: { b: 2000 }, of: 1 })), 2000);
  });

  test('does not wait for a partition that goes on without the model, once that has lasted the idle timeout', () => {
    const b = new Listener('b');
    b.hear(said(0, { clock: 0, watermark: 0, models: { a: 0, b: 0 } }));
    b.hear(said(1, { clock: 0, watermark: 0, models: { b: 0 } }));
    b.hear(said(1, { clock: 10_000, watermark: 10_000, models: { b: 10_000 } }));
    assert.equal(b.hear(said(0, { clock: 29_999, watermark: 29_999, models: { a: 29_999 } })), 0);
    assert.equal(b.hear(said(0, { clock: 30_000, watermark: 30_000, models: { a: 30_000 } })), 10_000);
  });

  test('waits for a partition whose reader has stopped, and for the backlog that its next reader has to read', () => {
    const b = new Listener('b');
    b.hear(said(0, { clock: 0, watermark: 0, models: { b: 0 } }));
    b.hear(said(1, { clock: 0, watermark: 0, models: { b: 0 } }));
    for (let clock = 10_000; clock <= 600_000; clock += 10_000) {
      assert.equal(b.hear(said(1, { clock, watermark: clock, models: { b: clock } })), 0);
    }
    // It begins with other models' events.
    const late = { clock: 620_000, since: 600_000, watermark: 5000, models: { a: 5000 } };
    assert.equal(b.hear(said(0, late)), 0);
    assert.equal(b.hear(said(0, { clock: 625_000, since: 600_000, watermark: 9000, models: { b: 9000 } })), 9000);
  });

  test('is held back by a partition in which the model has never been, as far as that has been read', () => {
    const b = new Listener('b');
    b.hear(said(0, { clock: 0, watermark: 100, models: { b: 100 } }));
    assert.equal(b.hear(said(1, { clock: 0, watermark: 40, models: { a: 40 } })), 40);
    assert.equal(b.hear(said(1, { clock: 1, watermark: 60, models: { a: 60 } })), 60);
    assert.equal(b.hear(said(1, { clock: 2, watermark: 900, models: { a: 900 } })), 100);
  });

  test('is not hurried by such a partition while the model is idle where it is', () => {
    const b = new Listener('b');
    b.hear(said(0, { clock: 0, watermark: 0, models: { a: 0, b: 0 } }));
    b.hear(said(1, { clock: 0, watermark: 600_000, models: { a: 600_000 } }));
    const clock = 45_000;
    b.hear(said(1, { clock, watermark: 645_000, models: { a: 645_000 } }));
    assert.equal(b.hear(said(0, { clock, watermark: clock, models: { a: clock } })), clock, 'at the pace of the clock');
  });

  test('goes on at the pace of the clock while the model is idle everywhere, and the partitions are not', () => {
    const b = new Listener('b');
    b.hear(said(0, { clock: 0, watermark: 1000, models: { b: 1000 } }));
    b.hear(said(1, { clock: 0, watermark: 2000, models: { b: 2000 } }));
    b.hear(said(0, { clock: 60_000, watermark: 60_000, models: { a: 60_000 } }));
    assert.equal(b.hear(said(1, { clock: 50_000, watermark: 50_000, models: { a: 50_000 } })), 2000 + 50_000);
  });

  test('is that of all models where the sketchers are of a version that says nothing of single ones', () => {
    const b = new Listener('b');
    b.hear({ sourcePartition: 0, sourcePartitions: 2, watermark: 100, idleFor: 0 });
    assert.equal(b.hear({ sourcePartition: 1, sourcePartitions: 2, watermark: 40, idleFor: 0 }), 40);
    assert.equal(b.hear(said(1, { clock: 0, watermark: 90, models: { b: 70 } })), 70, 'while they are upgraded');
  });
});

/** Commits of some partitions, each with a clock of its own that runs on, read by readers that come and go. */
const commits = (models: readonly string[]) =>
  fc.array(
    fc.record({
      source: fc.nat(2),
      passed: fc.integer({ min: 0, max: 40_000 }),
      events: fc.array(
        fc.record({ model: fc.constantFrom(...models), ahead: fc.integer({ min: -60_000, max: 900_000 }) }),
        {
          maxLength: 3,
        },
      ),
      restarted: fc.boolean(),
    }),
    { maxLength: 60 },
  );

function logOf(steps: Exclude<ReturnType<typeof commits> extends fc.Arbitrary<infer T> ? T : never, never>) {
  const readers = [0, 1, 2].map(() => ({ watermark: -Infinity, since: 0, lastRecord: 0 }));
  let clock = 0;
  return steps.map(({ source, passed, events, restarted }): SourceWatermark => {
    clock += passed;
    const reader = readers[source];
    if (restarted) Object.assign(reader, { watermark: -Infinity, since: clock, lastRecord: clock });
    const models: Record<string, number> = {};
    for (const { model, ahead } of events) models[model] = Math.max(models[model] ?? -Infinity, clock + ahead);
    if (events.length > 0) reader.lastRecord = clock;
    reader.watermark = Math.max(reader.watermark, ...Object.values(models));
    const idle = clock - reader.lastRecord;
    const idleFor = idle >= TIMEOUT ? idle : 0;
    return said(source, { clock, watermark: reader.watermark, models, idleFor, since: reader.since, of: 3 });
  });
}

describe('Whatever the partitions say in whatever order', () => {
  test('the time of the only model is that of the partitions, as before models had times of their own', () => {
    fc.assert(
      fc.property(commits(['b']), (steps) => {
        const listener = new Listener('b');
        for (const source of logOf(steps)) assert.equal(listener.hear(source), listener.sources.current);
      }),
      { numRuns: 2000 },
    );
  });

  test('time never goes back, is the same when it is read again, and goes on over a restart', () => {
    fc.assert(
      fc.property(commits(['a', 'b', 'c']), fc.nat(60), (steps, stop) => {
        const log = logOf(steps);
        const [first, again] = [new Listener('b'), new Listener('b')];
        let resumed = new Listener('b');
        let before = -Infinity;
        log.forEach((source, index) => {
          if (index === stop) {
            const after = new Listener('b');
            after.time.restore(JSON.parse(JSON.stringify(resumed.time.snapshot(), finite), revive) as never);
            for (const known of resumed.sources.sources.values()) after.sources.observe(known);
            resumed = after;
          }
          const time = first.hear(source);
          assert.ok(time >= before);
          assert.equal(again.hear(source), time);
          assert.equal(resumed.hear(source), time);
          before = time;
        });
      }),
      { numRuns: 1000 },
    );
  });

  test('what other models do does not bring a model further than its own events and the clocks do', () => {
    fc.assert(
      fc.property(commits(['a', 'b', 'c']), (steps) => {
        const listener = new Listener('b');
        let own = -Infinity;
        let began = Infinity;
        for (const source of logOf(steps)) {
          const clock = source.reader?.clock ?? 0;
          const mark = source.reader?.models.find(({ model }) => model === 'b');
          if (mark !== undefined) own = Math.max(own, mark.watermark);
          if (mark !== undefined) began = Math.min(began, clock);
          // A model is known from its first events on.
          if (own === -Infinity) listener.sources.observe(source);
          else assert.ok(listener.hear(source) <= own + clock - began);
        }
      }),
    );
  });
});

const finite = (_: string, value: unknown) => (value === -Infinity ? '-Infinity' : value);
const revive = (_: string, value: unknown) => (value === '-Infinity' ? -Infinity : value);
