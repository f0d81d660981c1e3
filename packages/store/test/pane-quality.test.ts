import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeQuality, QualitySketch, type Answer } from '@tidemark/sketches';
import type { PaneRow } from '@tidemark/monitoring';
import { readPaneQuality, readPanes, StoreError, writePanes } from '../src/index.js';
import { collect, migratedStore } from './embedded.js';
import { MINUTE, numericSketch, paneOf, START, STREAM } from './samples.js';

const ANSWER: Answer = { score: 0.7, class: '1', value: null, confidence: null, probabilities: new Map() };

function qualityOf(predictions: number, labels: number): QualitySketch {
  const sketch = QualitySketch.empty();
  for (let i = 0; i < predictions; i++) sketch.addPrediction(ANSWER);
  const sign = labels < 0 ? -1 : 1;
  for (let i = 0; i < Math.abs(labels); i++) sketch.addOutcome(ANSWER, { class: '1', value: null }, 1, sign);
  return sketch;
}

const SELECTION = { stream: STREAM, from: 0, to: Infinity, paneSize: MINUTE };

test('quality is read back as it was written, part by part, and is no part of the events', async () => {
  const store = await migratedStore();
  const late = { events: 0, columns: [], minEventTime: Infinity, maxEventTime: -Infinity };
  const written: PaneRow[] = [
    { ...paneOf([numericSketch('x', [1])]), quality: qualityOf(10, 2) },
    { ...paneOf([], { part: 'late-0-12' }), ...late, quality: qualityOf(0, -1) },
    { ...paneOf([], { part: 'late-0-9' }), ...late, quality: qualityOf(0, 3) },
    { ...paneOf([], { start: START + 100 * MINUTE, part: 'late-0-13' }), ...late, quality: qualityOf(0, 1) },
  ];
  await writePanes(store, written);
  await writePanes(store, written);
  const read = await collect(readPaneQuality(store, SELECTION));
  assert.deepEqual(
    read.map(({ pane, part, quality }) => [(pane.start - START) / MINUTE, part, quality?.predictions, quality?.labels]),
    [
      [0, 'pane', 10, 2],
      [0, 'late-0-9', 0, 3],
      [0, 'late-0-12', 0, -1],
      [100, 'late-0-13', 0, 1],
    ],
  );
  const until = async (to: number) => (await collect(readPaneQuality(store, { ...SELECTION, to }))).length;
  assert.deepEqual([await until(START), await until(START + MINUTE), await until(START + 101 * MINUTE)], [0, 3, 4]);
  assert.equal((await collect(readPaneQuality(store, { ...SELECTION, from: START + 1 }))).length, 1);
  assert.equal(Buffer.compare(encodeQuality(read[0].quality!), encodeQuality(written[0].quality!)), 0);
  assert.equal((await collect(readPanes(store, SELECTION))).length, 1);
  const sums = await store.query(
    `SELECT sum(predictions) AS predictions, sum(labels) AS labels FROM ${store.database}.pane_quality WHERE segment_dimension = ''`,
  );
  assert.deepEqual(sums, [{ predictions: 10, labels: 5 }]);
  assert.deepEqual(await collect(readPaneQuality(store, { ...SELECTION, paneSize: 1000 })), []);
});

test('damaged quality is told', async () => {
  const store = await migratedStore();
  await writePanes(store, [{ ...paneOf([]), quality: qualityOf(1, 0) }]);
  await store.command(
    `INSERT INTO ${store.database}.pane_quality_raw (model, version, role, pane_start, pane_size_ms, part, sketch_bytes)
     VALUES ('${STREAM.model}', '${STREAM.version}', '${STREAM.role}', fromUnixTimestamp64Milli(${START}), ${MINUTE}, 'pane', 'AAAA')`,
  );
  await assert.rejects(collect(readPaneQuality(store, SELECTION)), (error: unknown) => {
    assert.ok(error instanceof StoreError);
    assert.match(error.message, /quality of pane is damaged/);
    return true;
  });
});
