import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BaselineBook,
  Detector,
  panesNeeded,
  PartitionSketcher,
  type Baseline,
  type DetectorOutput,
  type Monitor,
  type PaneRow,
  type SketchPartial,
  type SourceWatermark,
} from '../../src/index.js';
import { batchOf, MINUTE, MONITOR, random, START, type TestEvent } from '../fixtures.js';
import type { StreamKnowledge } from '../../src/model/stream-knowledge.js';

const WINDOW = 5 * MINUTE;
const HOUR = 60 * MINUTE;

const ROLLING: Monitor = {
  ...MONITOR,
  pane: WINDOW,
  baseline: { from: 'rolling', length: 8 * HOUR, lag: HOUR, every: 2 * HOUR, adoptAfter: 9 * HOUR },
};

/** Windows of 240 events in two countries: x normal-ish around a level, and y, which follows it. */
function windowsOf(count: number, levelOf: (window: number) => number, seed = 11): TestEvent[][] {
  const next = random(seed);
  const normal = () => Array.from({ length: 12 }, next).reduce((sum, u) => sum + u, -6);
  return Array.from({ length: count }, (_, window) =>
    Array.from({ length: 240 }, (_, index) => {
      const time = START + window * WINDOW + Math.floor((index / 240) * WINDOW);
      const x = normal() + levelOf(window);
      return { time, country: next() < 0.7 ? 'DE' : 'FR', features: { x, y: x + normal() } };
    }),
  );
}

/** A detector with what it needs around it: a sketcher that hears of new baselines, and a store of panes. */
class Pipeline {
  readonly #book = new BaselineBook();
  readonly #knowledge: StreamKnowledge;
  readonly #sketcher: PartitionSketcher;
  readonly #panes: PaneRow[] = [];
  readonly outputs: DetectorOutput[] = [];
  #detector: Detector;
  readonly #log: ({ partial: SketchPartial } | { watermark: SourceWatermark })[] = [];
  #position = 0;

  constructor(monitor: Monitor = ROLLING) {
    this.#knowledge = {
      monitorOf: () => monitor,
      baselineOf: (stream) => this.#book.of(stream, monitor.baseline),
    };
    this.#sketcher = new PartitionSketcher(this.#knowledge);
    this.#detector = new Detector(0, this.#knowledge);
  }

  take(...windows: readonly (readonly TestEvent[])[]): this {
    for (const events of windows) this.#sketcher.fold(batchOf(events));
    for (const partial of this.#sketcher.drain()) this.#log.push({ partial });
    const watermark = { sourcePartition: 0, sourcePartitions: 1, watermark: this.#sketcher.watermark, idleFor: 0 };
    this.#log.push({ watermark });
    this.#read();
    return this;
  }

  /** Goes on with another detector, from what the first has left. */
  restart(): void {
    const snapshot = structuredClone(this.#detector.snapshot());
    this.#position = this.#detector.oldestNeeded;
    this.#detector = new Detector(0, this.#knowledge);
    for (const needed of this.#detector.restore(snapshot)) {
      for (const row of panesNeeded(this.#panes, needed)) this.#detector.takeClosedPane(row);
    }
    this.#read();
  }

  #read(): void {
    for (; this.#position < this.#log.length; this.#position++) {
      const record = this.#log[this.#position];
      if ('partial' in record) this.#detector.takePartial(this.#position, record.partial);
      else this.#detector.takeWatermark(this.#position, record.watermark);
      for (let due = this.#detector.renewals; due.length > 0; due = this.#detector.renewals) {
        this.#flush();
        for (const renewal of due) {
          for (let needed = renewal.needed; needed !== null; needed = renewal.needed) {
            for (const row of panesNeeded(this.#panes, needed)) this.#detector.giveTo(renewal, row);
            renewal.advance();
          }
          this.#detector.renew(renewal);
        }
      }
    }
    this.#flush();
  }

  get baselines(): Baseline[] {
    return this.outputs.flatMap(({ baselines }) => baselines);
  }

  get story(): string[] {
    return this.outputs
      .flatMap(({ events }) => events)
      .map(
        ({ signal, status, column, windowStart }) => `${signal} ${status} ${column} ${(windowStart - START) / WINDOW}`,
      );
  }

  #flush(): void {
    const output = this.#detector.drain();
    this.#panes.push(...output.panes);
    for (const baseline of output.baselines) this.#book.add(baseline);
    this.outputs.push(output);
  }
}

function run(levelOf: (window: number) => number, count: number, monitor: Monitor = ROLLING): Pipeline {
  const pipeline = new Pipeline(monitor);
  for (const events of windowsOf(count, levelOf)) pipeline.take(events);
  return pipeline;
}

const incidents = (pipeline: Pipeline) => pipeline.story.filter((line) => !line.startsWith('baseline'));

describe('a rolling baseline', () => {
  const slow = (window: number) => 0.0004 * window;

  test('follows what changes slowly, where one that stands does not', () => {
    const rolling = run(slow, 520);
    assert.deepEqual(incidents(rolling), []);
    const standing = run(slow, 520, { ...ROLLING, baseline: { from: 'first-windows', windows: 96, events: 2000 } });
    assert.match(incidents(standing)[0], /^data-drift opened [xy]/);
  });

  test('is of the length before the lag, renewed every so often, in bins of the first that it keeps', () => {
    const { baselines } = run(slow, 300);
    const [first, ...renewed] = baselines;
    assert.equal(first.source, 'first windows');
    assert.ok(renewed.length >= 8);
    for (const { source, kept, columns } of renewed) {
      assert.equal(source, 'rolling');
      assert.equal(kept?.baselineId, first.id);
      assert.deepEqual(
        columns.map(({ layout }) => layout),
        first.columns.map(({ layout }) => layout),
      );
    }
    const last = renewed[renewed.length - 1];
    assert.equal(last.periodEnd, last.createdAt - HOUR);
    assert.equal(last.periodStart, last.createdAt - 9 * HOUR);
    assert.equal(last.rows, 96 * 240);
    assert.equal(last.windows?.segments[0].windows.length, 96);
    assert.equal(last.windows?.joint?.windows.length, 96);
    const mean = last.columns.find(({ name }) => name === 'x')!.moments.mean;
    assert.ok(Math.abs(mean - slow(((last.periodStart ?? 0) - START) / WINDOW + 48)) < 0.03, `its mean is ${mean}`);
  });

  test('stands still while an incident is open, and leaves its windows out when it is over', () => {
    const pipeline = run((window) => (window >= 150 && window < 190 ? 0.7 : 0), 330);
    const [opened, ...rest] = incidents(pipeline).filter((line) => line.startsWith('data-drift opened'));
    assert.match(opened, /opened [xy] 15[01]$/);
    assert.ok(rest.every((line) => /opened [xy] 15[0-2]$/.test(line)));
    const at = (window: number) => START + window * WINDOW;
    assert.deepEqual(
      pipeline.baselines.filter(({ createdAt }) => createdAt > at(153) && createdAt < at(190)),
      [],
    );
    const after = pipeline.baselines.filter(({ createdAt }) => createdAt >= at(210));
    assert.ok(after.length > 2);
    for (const { windows, columns } of after) {
      const starts = windows!.segments[0].windows.map(({ start }) => (start - START) / WINDOW);
      assert.deepEqual(
        starts.filter((window) => window >= 150 && window < 190),
        [],
      );
      assert.ok(Math.abs(columns.find(({ name }) => name === 'x')!.moments.mean) < 0.05);
    }
  });

  test('becomes what has lasted longer than adopt_after, says so, and sees what comes then', () => {
    const pipeline = run((window) => (window < 150 ? 0 : window < 420 ? 3 : 3.7), 440);
    const story = pipeline.story.filter((line) => / x /.test(line) || line.startsWith('baseline noted  '));
    assert.deepEqual(
      story.map((line) => line.replace(/ \d+$/, '')),
      ['baseline noted ', 'data-quality opened x', 'baseline noted ', 'data-drift resolved x', 'data-drift opened x'],
    );
    assert.match(story[1], / 15[01]$/);
    assert.match(story[4], / 42[01]$/);
    const adopted = pipeline.baselines.find(({ kept, source }) => kept === null && source === 'rolling');
    assert.ok(Math.abs(adopted!.columns.find(({ name }) => name === 'x')!.moments.mean - 3) < 0.1);
    // Bins of its own: those of before would have put everything into the last.
    const bins = adopted!.columns.find(({ name }) => name === 'x')!.bins!;
    assert.ok(Math.max(...bins) < 0.2 * adopted!.rows);
  });

  test('does not become what has just got worse: that is waited for anew', () => {
    const pipeline = run((window) => (window < 150 ? 0 : window < 230 ? 0.4 : 3), 380);
    const [adopted, ...more] = pipeline.baselines.filter(({ createdAt }) => createdAt > START + 153 * WINDOW);
    const due = (adopted.createdAt - START) / WINDOW;
    assert.ok(due >= 230 + 108 && due < 230 + 108 + 24, `adopted in window ${due}`);
    assert.ok(adopted.periodStart! >= START + 230 * WINDOW);
    assert.ok(Math.abs(adopted.columns.find(({ name }) => name === 'x')!.moments.mean - 3) < 0.1);
    assert.equal(more.length, 0);
    // Every incident that was open ends, those about segments and about the dependence included.
    const { events } = pipeline.outputs.reduce((a, b) => ({ ...a, events: [...a.events, ...b.events] }));
    const open = new Set<string>();
    for (const { status, incidentId } of events) {
      if (status === 'opened') open.add(incidentId);
      if (status === 'resolved') assert.ok(open.delete(incidentId));
    }
    assert.equal(open.size, 0);
  });

  test('never becomes it where adopt_after is never', () => {
    const never: Monitor = {
      ...ROLLING,
      baseline: { ...ROLLING.baseline, from: 'rolling', adoptAfter: null } as never,
    };
    const pipeline = run((window) => (window < 150 ? 0 : 1), 400, never);
    assert.equal(pipeline.baselines.filter(({ createdAt }) => createdAt > START + 155 * WINDOW).length, 0);
    assert.deepEqual(
      incidents(pipeline).filter((line) => line.includes('resolved')),
      [],
    );
  });

  test('leaves out what is muted', () => {
    const from = START + 100 * WINDOW;
    const muted: Monitor = {
      ...ROLLING,
      mutes: [{ from, to: from + 10 * WINDOW, every: null, reason: 'a sale', columns: null }],
    };
    const { baselines } = run(() => 0, 200, muted);
    const last = baselines[baselines.length - 1];
    assert.ok(last.periodStart! <= from && last.periodEnd! >= from + 10 * WINDOW);
    const starts = last.windows!.segments[0].windows.map(({ start }) => start);
    assert.equal(starts.filter((start) => start >= from && start < from + 10 * WINDOW).length, 0);
    assert.equal(starts.length, 86);
  });

  test('is the same whatever steps the watermark takes, and after a restart at any of them', () => {
    const windows = windowsOf(320, (window) => (window >= 150 && window < 180 ? 0.7 : slow(window)));
    const once = new Pipeline();
    for (const events of windows) once.take(events);
    const ids = (pipeline: Pipeline) => ({
      // Late parts aside, how much comes at once decides nothing but the digests' grain.
      periods: pipeline.baselines.map(({ createdAt, periodStart, rows }) => [createdAt, periodStart, rows]),
      bins: pipeline.baselines.map(({ windows: known }) => known?.segments.map(({ windows: each }) => each)),
      story: pipeline.story,
    });
    const next = random(9);
    const restarted = new Pipeline();
    for (const events of windows) {
      restarted.take(events);
      if (next() < 0.1) restarted.restart();
    }
    assert.deepEqual(ids(restarted), ids(once));
    assert.deepEqual(
      restarted.baselines.map(({ id }) => id),
      once.baselines.map(({ id }) => id),
    );
    // From when the first baseline gives the bins.
    const begun = windows.slice(0, 14);
    const jumping = new Pipeline();
    for (const events of begun) jumping.take(events);
    for (let at = begun.length; at < windows.length; at += 30) jumping.take(...windows.slice(at, at + 30));
    assert.deepEqual(ids(jumping).periods, ids(once).periods);
    assert.deepEqual(ids(jumping).story, ids(once).story);
  });

  test('passes over a stretch in which nothing came', () => {
    const pipeline = new Pipeline();
    for (const events of windowsOf(200, () => 0)) pipeline.take(events);
    const before = pipeline.baselines.length;
    const later = windowsOf(1, () => 0).map((events) =>
      events.map((event) => ({ ...event, time: event.time + 400 * 24 * HOUR })),
    );
    pipeline.take(...later);
    assert.ok(pipeline.baselines.length - before <= 6);
    assert.ok(pipeline.baselines.every(({ rows }) => rows >= 2000));
  });
});
