import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  Detector,
  panesNeeded,
  PartitionSketcher,
  type DriftEvent,
  type ModelRole,
  type PaneRow,
} from '../../src/index.js';
import { batchOf, knowledgeOf, MINUTE, MONITOR, START } from '../fixtures.js';
import type { LogRecord } from '../sketchers.js';

type Minutes = readonly (readonly [from: number, to: number])[];

const WATCHED = {
  ...MONITOR,
  windows: [5, 60].map((minutes) => ({ size: minutes * MINUTE, slide: minutes * MINUTE, origin: 0 })),
};

/** What is told of silence; `role version` by the minutes in which events come. Another model goes on all the time. */
function silences(
  streams: Readonly<Record<string, Minutes>>,
  minutes: number,
  { restarts = false, alone = false } = {},
): DriftEvent[] {
  const sketcher = new PartitionSketcher(knowledgeOf(WATCHED));
  let detector = new Detector(0, knowledgeOf(WATCHED));
  const events: DriftEvent[] = [];
  const panes: PaneRow[] = [];
  const log: LogRecord[] = [];
  const take = (offset: number, record: LogRecord): void => {
    if ('partial' in record) detector.takePartial(offset, record.partial);
    else detector.takeWatermark(offset, record.watermark);
  };
  for (let minute = 0; minute < minutes; minute++) {
    const times = Array.from({ length: 20 }, (_, n) => START + minute * MINUTE + n * 3000);
    const fold = (model: string, version: string, role: ModelRole): void => {
      sketcher.fold(
        batchOf(
          times.map((time) => ({ time, features: { x: 1 } })),
          { model, version, role },
        ),
      );
    };
    for (const [name, flows] of Object.entries(streams)) {
      const [role, version] = name.split(' ');
      if (flows.some(([from, to]) => minute >= from && minute < to)) fold('m', version, role as ModelRole);
    }
    if (!alone) fold('another', '1', 'champion');
    const from = log.length;
    for (const partial of sketcher.drain()) log.push({ partial });
    log.push({ watermark: { sourcePartition: 0, sourcePartitions: 1, watermark: sketcher.watermark, idleFor: 0 } });
    log.slice(from).forEach((record, at) => take(from + at, record));
    const output = detector.drain();
    panes.push(...output.panes);
    events.push(...output.events.filter(({ signal }) => signal === 'silence'));
    if (!restarts || minute % 7 !== 0) continue;
    const [state, oldest] = [structuredClone(detector.snapshot()), detector.oldestNeeded];
    detector = new Detector(0, knowledgeOf(WATCHED));
    for (const needed of detector.restore(state)) {
      for (const row of panesNeeded(panes, needed)) detector.takeClosedPane(row);
    }
    log.slice(oldest).forEach((record, at) => take(oldest + at, record));
  }
  return events;
}

const story = (events: readonly DriftEvent[]): string[] =>
  events.map(({ status, stream, since }) => `${status} ${stream.role} ${stream.version} ${(since - START) / MINUTE}`);

describe('The silence of a model', () => {
  test('is told once, however many versions and roles stop with it, and not of those that had ended', () => {
    const events = silences(
      {
        'champion 1': [[0, 60]],
        'champion 2': [[60, 120]],
        'champion 3': [[120, 300]],
        'shadow 4': [[60, 300]],
        'canary 5': [[200, 300]],
      },
      600,
    );
    assert.deepEqual(story(events), ['opened champion 3 300']);
    assert.equal(
      events[0].summary,
      'no events of any version: 3 (champion), 5 (canary), 4 (shadow); version 4 had about 0.333 a second',
    );
    assert.equal(events[0].notify, true);
  });

  test('is over when events come, and they are counted', () => {
    const flows: Minutes = [
      [0, 100],
      [200, 300],
    ];
    const events = silences({ 'champion 1': flows, 'shadow 2': flows }, 300);
    assert.deepEqual(story(events), ['opened champion 1 100', 'resolved champion 1 100']);
    const resolved = events[1];
    assert.equal(resolved.summary, 'events flow again');
    assert.ok(resolved.windowEvents > 0);
  });

  test('ends with a version in whose place another serves, which is not paged again whatever becomes of that one', () => {
    const events = silences({ 'champion 1': [[0, 100]], 'champion 2': [[150, 250]] }, 600);
    assert.deepEqual(story(events), ['opened champion 1 100', 'resolved champion 1 100', 'opened champion 2 250']);
    assert.equal(events[1].summary, 'version 1 has ended: version 2 serves in its place');
    assert.deepEqual(
      events.filter(({ summary, windowEvents }) => summary === 'events flow again' && windowEvents === 0),
      [],
    );
  });

  test('is told of a version alone where the others go on, and again of what stops later', () => {
    const events = silences({ 'champion 1': [[0, 200]], 'canary 2': [[0, 100]] }, 400);
    assert.deepEqual(story(events), ['opened canary 2 100', 'opened champion 1 200']);
    assert.equal(events[0].summary, 'no events, where there were about 0.333 a second');
  });

  test('is told of a version that is still silent when the one is not that had spoken for it', () => {
    const champion: Minutes = [
      [0, 100],
      [200, 400],
    ];
    const events = silences({ 'champion 1': champion, 'shadow 2': [[0, 100]] }, 400);
    assert.deepEqual(story(events), ['opened champion 1 100', 'resolved champion 1 100', 'opened shadow 2 100']);
  });

  test('is one where it is only seen when the model is back, as of a model that has its partition to itself', () => {
    const flows: Minutes = [
      [0, 100],
      [200, 300],
    ];
    const events = silences({ 'champion 1': flows, 'shadow 2': flows }, 300, { alone: true });
    assert.deepEqual(story(events), ['opened champion 1 100', 'resolved champion 1 100']);
  });

  test('is told the same over restarts', () => {
    const streams: Record<string, Minutes> = {
      'champion 1': [[0, 60]],
      'champion 2': [
        [60, 120],
        [220, 300],
      ],
      'shadow 4': [[60, 120]],
    };
    assert.deepEqual(story(silences(streams, 500, { restarts: true })), story(silences(streams, 500)));
  });
});
