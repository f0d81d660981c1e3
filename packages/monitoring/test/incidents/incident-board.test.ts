import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALL_EVENTS, PartitionSketcher, PastDetector, type Baseline, type Monitor } from '../../src/index.js';
import { IncidentBoard } from '../../src/incidents/incident-board.js';
import { batchOf, MINUTE, MONITOR as PLAIN, random, START, STREAM } from '../fixtures.js';

const WINDOW = 5 * MINUTE;
const HOUR = 60 * MINUTE;
const FINDING = { metric: 'psi', severity: 'major', effect: 1, windowValue: 1, baselineValue: 0, pValue: 0 } as const;
const SHOWN = { findings: [FINDING], lingers: true, since: START };

describe('an incident that is not judged any more', () => {
  const boardWith = (longest: number): IncidentBoard => new IncidentBoard(STREAM, PLAIN.decision, longest);

  test('is over after a hundred of the longest windows, and not before', () => {
    const board = boardWith(WINDOW);
    board.turn(START);
    board.observe(ALL_EVENTS, 'x', 0, SHOWN);
    board.turn(START + 60 * WINDOW);
    board.observe(ALL_EVENTS, 'y', 0, SHOWN);
    board.turn(START + 100 * WINDOW);
    assert.deepEqual(board.forgetUnseen(), []);
    board.turn(START + 101 * WINDOW);
    assert.deepEqual(
      board.forgetUnseen().map(({ column, since }) => [column, since]),
      [['x', START]],
    );
    assert.deepEqual(board.forgetUnseen(), []);
    assert.deepEqual(
      board.open.map(({ column }) => column),
      ['y'],
    );
  });

  test('is over after sixteen days where windows are of a day', () => {
    const board = boardWith(24 * HOUR);
    board.turn(START);
    board.observe(ALL_EVENTS, 'x', 0, SHOWN);
    board.turn(START + 16 * 24 * HOUR);
    assert.equal(board.forgetUnseen().length, 0);
    board.turn(START + 17 * 24 * HOUR);
    assert.equal(board.forgetUnseen().length, 1);
  });

  test('is so after a restart too; of an older state its time begins with the next window', () => {
    const board = boardWith(WINDOW);
    board.turn(START);
    board.observe(ALL_EVENTS, 'x', 0, SHOWN);
    const [entry] = board.snapshot();
    for (const [seen, after] of [
      [entry.seen, 101],
      [undefined, 202],
    ] as const) {
      const restored = boardWith(WINDOW);
      restored.restore(JSON.parse(JSON.stringify([{ ...entry, seen }])) as ReturnType<IncidentBoard['snapshot']>);
      restored.turn(START + 101 * WINDOW);
      assert.equal(restored.forgetUnseen().length, after === 101 ? 1 : 0);
      restored.turn(START + 202 * WINDOW);
      assert.equal(restored.forgetUnseen().length, after === 101 ? 0 : 1);
    }
  });
});

test('a segment that no longer comes ends its incident, and the stream goes on', () => {
  const monitor: Monitor = {
    ...{ ...PLAIN, pane: WINDOW, allowedLateness: 0 },
    baseline: { from: 'first-windows', windows: 12, events: 1000 },
  };
  const baselines: Baseline[] = [];
  const knowledge = { monitorOf: () => monitor, baselineOf: () => baselines.at(-1) ?? null };
  const sketcher = new PartitionSketcher(knowledge);
  const detector = new PastDetector(knowledge);
  const story: string[] = [];
  for (let window = 0; window < 140; window++) {
    const next = random(3 + 7919 * window);
    const events = Array.from({ length: 4000 }, (_, row) => {
      const country = next() < 0.94 ? 'DE' : 'FR';
      const normal = Array.from({ length: 12 }, next).reduce((sum, u) => sum + u, -6);
      const shift = country === 'FR' && window >= 20 ? 0.8 : 0;
      return { time: START + window * WINDOW + row * 75, country, features: { x: normal + shift } };
    });
    sketcher.fold(batchOf(events.filter(({ country }) => country === 'DE' || window < 26)));
    const output = detector.take(sketcher.drain(), START + (window + 1) * WINDOW);
    baselines.push(...output.baselines);
    for (const { status, segment, summary } of output.events) {
      if (segment.value === 'FR') story.push(`${status} ${window}: ${summary}`);
    }
  }
  const ends = story.filter((line) => line.startsWith('resolved'));
  assert.equal(ends.length, 1, story.join('\n'));
  assert.match(
    ends[0],
    /^resolved 12\d: x where country = FR: no longer comes, so that nothing more can be said of it$/,
  );
});
