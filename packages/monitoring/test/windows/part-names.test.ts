import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Detector, type DetectorOutput, type ModelHomes, type PaneRow } from '../../src/index.js';
import { knowledgeOf, MINUTE, MONITOR, START } from '../fixtures.js';
import { Sketchers, sumOf, type LogRecord } from '../sketchers.js';

/** The model lies in partition 0 of one, and in partition 1 of two. */
const HOMES: ModelHomes = { first: () => 0, among: (_, partitions) => (partitions === 1 ? 0 : 1) };

/** A sketcher's records by partition of the partials; from a minute on there are two. */
function logsOf(minutes: number, added: number): LogRecord[][] {
  const logs: LogRecord[][] = [[], []];
  const sketchers = new Sketchers(1);
  for (let second = 0; second < minutes * 60; second += 10) {
    const partitions = second < added * 60 ? 1 : 2;
    sketchers.commit(0, START + second * 1000, { m: Array.from({ length: 5 }, (_, n) => START + second * 1000 + n) });
    for (const record of sketchers.log.splice(0)) {
      if ('partial' in record) logs[partitions - 1].push(record);
      else {
        const { watermark } = record;
        const models = (home: number) => (home === partitions - 1 ? (watermark.reader?.models ?? []) : []);
        for (let home = 0; home < partitions; home++) {
          const reader = { ...watermark.reader!, partialsPartitions: partitions, models: models(home) };
          const idle = second - added * 60;
          logs[home].push({ watermark: { ...watermark, reader, idleFor: home === 0 && idle > 60 ? idle * 1000 : 0 } });
        }
      }
    }
  }
  return logs;
}

function run(partition: number, log: readonly LogRecord[], homes: ModelHomes | null): DetectorOutput[] {
  const detector = new Detector(partition, knowledgeOf(MONITOR), undefined, homes);
  log.forEach((record, offset) => {
    if ('partial' in record) detector.takePartial(offset, record.partial);
    else detector.takeWatermark(offset, record.watermark);
  });
  const before = detector.drain();
  detector.finish();
  return [before, detector.drain()];
}

describe('Partitions added to the partials', () => {
  const logs = logsOf(60, 30.5);
  const outputs = [0, 1].flatMap((partition) => run(partition, logs[partition], HOMES));
  const rows = outputs.flatMap(({ panes }) => panes);
  const written = (all: readonly PaneRow[]): PaneRow[] => [
    ...new Map(all.map((row) => [JSON.stringify([row.pane, row.part]), row])).values(),
  ];

  test('make two detectors write one pane, and what they have of it adds up', () => {
    const shared = rows.filter(({ pane }) => pane.start === START + 30 * MINUTE && pane.segment.dimension === '');
    assert.deepEqual(
      shared.map(({ part, events }) => [part, events]),
      [
        ['pane', 15],
        ['pane-1', 15],
      ],
    );
    assert.equal(sumOf(written(rows), 'm'), 60 * 30);
  });

  test('change no name in the partition that a model was in first', () => {
    const first = rows.filter(({ pane }) => pane.start < START + 30 * MINUTE);
    assert.ok(first.every(({ part }) => part === 'pane'));
  });

  test('are no silence of the models that moved', () => {
    assert.deepEqual(
      outputs.flatMap(({ events }) => events).filter(({ signal }) => signal === 'silence'),
      [],
    );
  });
});

test('A late part of another partition is taken in whatever its offset', () => {
  const detector = new Detector(1, knowledgeOf(MONITOR), undefined, HOMES);
  const logs = logsOf(20, 0);
  logs[1].forEach((record, offset) => {
    if ('partial' in record) detector.takePartial(offset, record.partial);
    else detector.takeWatermark(offset, record.watermark);
  });
  const [row] = detector.drain().panes;
  const [state, at] = [structuredClone(detector.snapshot()), detector.snapshot().partition.position + 7];
  const eventsWith = (part: string): number => {
    const successor = new Detector(1, knowledgeOf(MONITOR), undefined, HOMES);
    successor.restore(state);
    successor.takeClosedPane({ ...row, pane: { ...row.pane, start: START + 16 * MINUTE }, part });
    successor.finish();
    return successor.drain().windows.reduce((sum, { events }) => sum + events, 0);
  };
  assert.ok(eventsWith(`late-0-${at}`) > 0);
  assert.equal(eventsWith(`late-1-${at}`), 0, 'its own is read again');
});
