import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Detector, type DetectorOutput, type DriftEvent } from '../../src/index.js';
import { knowledgeOf, MINUTE, MONITOR, START } from '../fixtures.js';
import { panesOf, Sketchers, sumOf, type LogRecord } from '../sketchers.js';

describe('Models of one partition', () => {
  test('have each its own event time: one event far ahead makes no other model late', () => {
    const sketchers = new Sketchers(2);
    for (let second = 0; second < 600; second++) {
      const now = START + second * 1000;
      for (const partition of [0, 1]) {
        const ahead = second === 60 && partition === 0 ? { a: [now + 10 * MINUTE] } : {};
        sketchers.commit(partition, now, { ...ahead, b: [now - 200, now] });
      }
      if (second === 60) sketchers.commit(1, now, { a: [now + 10 * MINUTE] });
    }
    const panes = panesOf(sketchers.log);
    const late = panes.filter(({ pane, part }) => pane.stream.model === 'b' && part !== 'pane');
    assert.equal(late.length, 0, `${late.length} late parts`);
    assert.equal(sumOf(panes, 'b'), 600 * 4);
    assert.equal(sumOf(panes, 'a'), 2);
  });
});

describe('A model that is not known, or no more', () => {
  test('replaces nothing that it may have written when it was known', () => {
    const sketchers = new Sketchers(1);
    const day = 24 * 60 * MINUTE;
    sketchers.commit(0, START + 10 * day, { other: [START + 10 * day] });
    sketchers.commit(0, START + 10 * day, { m: [START, START + 9 * day] });
    const parts = panesOf(sketchers.log).filter(({ pane }) => pane.stream.model === 'm');
    assert.deepEqual(
      parts.map(({ pane, part }) => [(pane.start - START) / day, part.replace(/\d+$/, 'N')]),
      [
        [0, 'late-0-N'],
        [9, 'pane'],
      ],
    );
  });

  test('is forgotten where there are too many of them', () => {
    const sketchers = new Sketchers(1);
    for (let n = 0; n < 1200; n++) sketchers.commit(0, START + n, { [`m${n}`]: [START + n] });
    for (let day = 1; day < 12; day++) sketchers.commit(0, START + day * 86_400_000, { m: [START + day * 86_400_000] });
    const detector = new Detector(0, knowledgeOf(MONITOR));
    sketchers.log.forEach((record, offset) => {
      if ('partial' in record) detector.takePartial(offset, record.partial);
      else detector.takeWatermark(offset, record.watermark);
    });
    const { models, streams } = detector.snapshot();
    assert.ok(models.length <= 1001, `${models.length} models`);
    assert.equal(streams.length, 1);
  });
});

/** Takes records, with a restart from its state after each so many. */
function runOver(log: readonly LogRecord[], restartEvery = Infinity) {
  let detector = new Detector(0, knowledgeOf(MONITOR));
  const outputs: DetectorOutput[] = [];
  let most = 0;
  const take = (record: LogRecord, offset: number): void => {
    if ('partial' in record) detector.takePartial(offset, record.partial);
    else detector.takeWatermark(offset, record.watermark);
  };
  log.forEach((record, offset) => {
    take(record, offset);
    outputs.push(detector.drain());
    most = Math.max(most, detector.openPanes);
    if (offset % restartEvery !== restartEvery - 1) return;
    const [state, oldest] = [structuredClone(detector.snapshot()), detector.oldestNeeded];
    detector = new Detector(0, knowledgeOf(MONITOR));
    detector.restore(state);
    log.slice(oldest, offset + 1).forEach((again, at) => take(again, oldest + at));
    assert.deepEqual(detector.drain().panes, [], 'nothing is written again');
  });
  detector.finish();
  outputs.push(detector.drain());
  return { panes: outputs.flatMap(({ panes }) => panes), events: outputs.flatMap(({ events }) => events), most };
}

const news = (events: readonly DriftEvent[], metric: string): DriftEvent[] => {
  const ids = events.filter(({ findings }) => findings.some((each) => each.metric === metric));
  return events.filter(({ incidentId }) => ids.some((each) => each.incidentId === incidentId));
};

describe('A partition of the event topic that nobody reads', () => {
  const columns = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`x${n}`, n]));
  const sketchers = new Sketchers(2, MONITOR, (n) => ({ features: columns, country: `c${n % 20}` }));
  /** 20 countries and all events, of 30 columns each. */
  const sketchesAPane = 21 * 30;
  const [stops, returns, minutes] = [5, 90, 100];
  for (let minute = 0; minute < minutes; minute++) {
    const now = START + minute * MINUTE;
    const times = Array.from({ length: 20 }, (_, n) => now + n * 3000);
    sketchers.commit(0, now + MINUTE, { m: times });
    if (minute < stops || minute > returns) sketchers.commit(1, now + MINUTE, { m: times });
    // What had not been read is read at once.
    if (minute !== returns) continue;
    for (let missed = stops; missed <= returns; missed++) {
      sketchers.commit(1, now + MINUTE, { m: times.map((time) => time + (missed - returns) * MINUTE) });
    }
  }
  const { panes, events, most } = runOver(sketchers.log);

  test('holds up no more than so many open panes, and nothing is lost or doubled', () => {
    const held = most * 30;
    assert.ok(held <= 20_000 + 8 * sketchesAPane, `${held} sketches`);
    assert.ok(held > 15_000, `${held} sketches: there was something to hold`);
    assert.equal(sumOf(panes, 'm'), minutes * 40);
    const keys = panes.map(({ pane, part }) => JSON.stringify([pane.segment, pane.start, pane.size, part]));
    assert.equal(new Set(keys).size, keys.length);
  });

  test('is told of, with its number, and when it is read again', () => {
    const stalled = news(events, 'source-stalled');
    assert.deepEqual(
      stalled.map(({ status, signal, notify }) => [status, signal, notify]),
      [
        ['opened', 'data-quality', true],
        ['resolved', 'data-quality', true],
      ],
    );
    assert.match(stalled[0].summary, /^partition 1 of the event topic has not been read for five minutes/);
    assert.equal(stalled[0].windowEnd, START + (stops + 5) * MINUTE);
    assert.equal(stalled[1].windowEnd, START + (returns + 1) * MINUTE);
  });

  test('and that panes were closed without it is told once', () => {
    const early = news(events, 'open-panes-over-limit');
    assert.deepEqual(
      early.map(({ status, signal }) => [status, signal]),
      [['noted', 'data-quality']],
    );
    assert.match(early[0].summary, /the oldest are closed without it/);
  });

  test('is the same over restarts', () => {
    const again = runOver(sketchers.log, 97);
    assert.deepEqual(
      again.panes.map(({ pane, part, events: count }) => [pane, part, count]),
      panes.map(({ pane, part, events: count }) => [pane, part, count]),
    );
    const told = (all: readonly DriftEvent[]): string[] => all.map(({ id }) => id).filter((_, n) => n < Infinity);
    assert.deepEqual(
      told([...news(again.events, 'source-stalled'), ...news(again.events, 'open-panes-over-limit')]),
      told([...news(events, 'source-stalled'), ...news(events, 'open-panes-over-limit')]),
    );
  });

  test('is told of where it never was', () => {
    const never = new Sketchers(2);
    for (let second = 0; second < 400; second++) never.commit(0, START + second * 1000, { m: [START + second * 1000] });
    const told = news(runOver(never.log).events, 'source-stalled');
    assert.deepEqual(
      told.map(({ status }) => status),
      ['opened'],
    );
    assert.match(told[0].summary, /^partition 1 /);
  });

  test('is not told of where all rest, or the clock of one is set anew', () => {
    const rests = new Sketchers(2);
    for (let second = 0; second < 100; second++) {
      const now = START + second * 1000;
      rests.commit(0, now, { m: [now] });
      rests.commit(1, now + (second > 50 ? 60 * MINUTE : 0), { m: [now] });
    }
    // Both come back after an hour.
    for (const partition of [0, 1]) rests.commit(partition, START + 120 * MINUTE, {});
    assert.deepEqual(news(runOver(rests.log).events, 'source-stalled'), []);
  });
});

test('Closing goes in steps, at least one a segment of each window, and gives what it gives at once', () => {
  const sketchers = new Sketchers(1, MONITOR, (n) => ({ features: { x: n % 7 }, country: `c${n % 4}` }));
  for (let minute = 0; minute < 40; minute++) {
    const now = START + minute * MINUTE;
    sketchers.commit(0, now, { a: Array.from({ length: 1200 }, (_, n) => now + n), b: [now] });
  }
  const [atOnce, inSteps] = [new Detector(0, knowledgeOf(MONITOR)), new Detector(0, knowledgeOf(MONITOR))];
  sketchers.log.forEach((record, offset) => {
    if ('partial' in record) {
      for (const detector of [atOnce, inSteps]) detector.takePartial(offset, record.partial);
      return;
    }
    atOnce.takeWatermark(offset, record.watermark);
    let steps = 0;
    for (const each = inSteps.advance(offset, record.watermark); each.next().done !== true;) steps++;
    const [whole, pieces] = [atOnce.drain(), inSteps.drain()];
    assert.deepEqual(pieces, whole);
    const judged = whole.windows.filter(({ column, severity, baselineId }) => {
      return column === '' && severity === null && baselineId !== null;
    });
    assert.ok(steps >= whole.panes.length / 5 + judged.length, `${steps} steps`);
  });
});
