import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Detector, type DetectorOutput, type Monitor } from '../../src/index.js';
import { laggingRoom } from '../../src/monitors/open-bounds.js';
import { knowledgeOf, MINUTE, MONITOR, START } from '../fixtures.js';
import { Sketchers, sumOf } from '../sketchers.js';

test('The models that hold the most come down to one level, and whoever holds less keeps all', () => {
  assert.equal(laggingRoom([4, 0, 6], 10), null);
  assert.deepEqual(laggingRoom([90, 5, 90, 25], 100), { level: 35, held: 210, most: 100 });
  assert.deepEqual(laggingRoom([25, 90, 5, 90], 100), laggingRoom([90, 5, 90, 25], 100), 'in whatever order');
  assert.deepEqual(laggingRoom([7, 7, 7], 2), { level: 0, held: 21, most: 2 });
});

describe('Many models that wait for one partition of the event topic', () => {
  const COLUMNS = 500;
  const MINUTES = 40;
  const models = Array.from({ length: 10 }, (_, n) => `m${n}`);
  const monitor: Monitor = { ...MONITOR, segments: [] };
  const features = Object.fromEntries(Array.from({ length: COLUMNS }, (_, n) => [`c${n}`, 'a']));
  const sketchers = new Sketchers(2, monitor, () => ({ features }));
  const all = (time: number, names: readonly string[]) => Object.fromEntries(names.map((name) => [name, [time]]));
  for (const partition of [0, 1]) sketchers.commit(partition, START, all(START, [...models, 'small']));
  for (let minute = 1; minute < MINUTES; minute++) {
    const now = START + minute * MINUTE;
    const names = minute < 3 || minute === MINUTES - 1 ? [...models, 'small'] : models;
    sketchers.commit(0, now, all(now, names));
  }

  /** @param restartEvery after so many records it goes on from its state. */
  function run(restartEvery = Infinity) {
    let detector = new Detector(0, knowledgeOf(monitor));
    const outputs: DetectorOutput[] = [];
    let most = 0;
    const take = (offset: number): void => {
      const record = sketchers.log[offset];
      if ('partial' in record) detector.takePartial(offset, record.partial);
      else detector.takeWatermark(offset, record.watermark);
    };
    for (let offset = 0; offset < sketchers.log.length; offset++) {
      take(offset);
      outputs.push(detector.drain());
      most = Math.max(most, detector.openPanes * COLUMNS);
      if (offset % restartEvery !== restartEvery - 1) continue;
      const [state, oldest] = [structuredClone(detector.snapshot()), detector.oldestNeeded];
      detector = new Detector(0, knowledgeOf(monitor));
      detector.restore({ ...state, models: [...state.models].reverse() });
      for (let again = oldest; again <= offset; again++) take(again);
      assert.deepEqual(detector.drain().panes, [], 'nothing is written again');
    }
    const early = outputs.flatMap(({ panes }) => panes);
    detector.finish();
    outputs.push(detector.drain());
    const events = outputs
      .flatMap(({ events: each }) => each)
      .filter(({ findings }) => findings.some(({ metric }) => metric === 'open-panes-over-limit'));
    return { early, panes: outputs.flatMap(({ panes }) => panes), events, most };
  }
  const unbroken = run();

  test('hold no more than so many sketches together, beside those of the last minutes', () => {
    const { most, early, panes } = unbroken;
    // The last five minutes, the lateness, and two panes a model between one commit, a minute here, and the next; three of the small one.
    const lately = (9 * models.length + 3) * COLUMNS;
    assert.ok(most <= 100_000 + lately, `${most} sketches`);
    assert.ok(most > 100_000, `${most} sketches: there was something to hold`);
    assert.equal(early.filter(({ pane }) => pane.stream.model === 'small').length, 0, 'who holds little keeps it');
    for (const model of models) assert.equal(sumOf(panes, model), MINUTES + 1);
    assert.equal(sumOf(panes, 'small'), 5);
  });

  test('are told of once each, with what all of them hold', () => {
    assert.deepEqual(unbroken.events.map(({ stream }) => stream.model).sort(), models);
    assert.match(
      unbroken.events[0].summary,
      /^the open panes of all models that one detector judges hold \d+ sketches, and may hold 100000 while .* m\d holds \d+ of them, and its oldest are closed without it, /,
    );
  });

  test('close the same panes over restarts', () => {
    const again = run(149);
    const byName = (of: typeof again) => ({
      panes: of.early.map(({ pane, part, events }) => JSON.stringify([pane, part, events])).sort(),
      told: of.events.map(({ id }) => id).sort(),
    });
    assert.deepEqual(byName(again), byName(unbroken));
  });
});
