import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AggregateStore } from '@tidemark/detector';
import type { NeededPanes, PaneRow, WindowRow } from '@tidemark/monitoring';
import { ServiceHealth, ServiceMetrics } from '@tidemark/operations';
import { samplesOf } from '@tidemark/operations/test/exposition.js';
import { watchedStore } from '../src/watched-store.js';

const STREAM = { model: 'm', version: '1', role: 'champion' } as const;
const PANE: PaneRow = {
  pane: { stream: STREAM, segment: { dimension: '', value: '' }, start: 0, size: 60_000 },
  part: 'pane',
  events: 1,
  minEventTime: 0,
  maxEventTime: 1,
  baselineId: null,
  columns: [],
  joint: null,
  quality: null,
  vectors: [],
};
const NEEDED: NeededPanes = { stream: STREAM, from: 0, to: 60_000, paneSize: 60_000, quality: false };

describe('watchedStore', () => {
  it('times writes that have rows, counts those that fail, and passes everything on', async () => {
    const written: unknown[] = [];
    const failure = Object.assign(new Error('no room'), { code: 'disk-full' });
    const store: AggregateStore = {
      database: 'tidemark',
      writePanes: (rows) => Promise.resolve(void written.push(...rows)),
      writeWindows: () => Promise.reject(failure),
      writeQuality: () => Promise.reject(new Error('must not be called')),
      writeIncidentAnswers: () => Promise.reject(new Error('must not be called')),
      writeDriftEvents: () => Promise.reject(new Error('must not be called')),
      writeBaselines: () => Promise.reject(new Error('must not be called')),
      readPanes: () => assert.fail('must not be called'),
    };
    const metrics = new ServiceMetrics();
    const watched = watchedStore(store, new ServiceHealth(), metrics);
    await watched.writePanes([PANE]);
    await watched.writeDriftEvents([]);
    await watched.writeIncidentAnswers([]);
    await watched.writeBaselines([]);
    await assert.rejects(watched.writeWindows([{} as WindowRow]), failure);
    assert.deepEqual(written, [PANE]);
    const samples = samplesOf(await metrics.text());
    assert.equal(samples.get('tidemark_store_write_duration_seconds_count{table="panes"}'), 1);
    assert.equal(samples.has('tidemark_store_write_duration_seconds_count{table="baselines"}'), false);
    assert.equal(samples.get('tidemark_store_write_failures_total{table="windows",code="disk-full"}'), 1);
  });

  it('turns with every row that is restored, however long it takes', async () => {
    let now = 0;
    const health = new ServiceHealth(() => now, { stalled: 1000 });
    health.enter('running');
    const store = {
      readPanes: async function* () {
        for (let row = 0; row < 10; row++) {
          now += 900;
          yield await Promise.resolve(PANE);
        }
      },
    } as unknown as AggregateStore;
    let rows = 0;
    await health.takingOver([0], async () => {
      for await (const row of watchedStore(store, health, new ServiceMetrics()).readPanes(NEEDED)) {
        assert.equal(row, PANE);
        assert.equal(health.live().ok, true);
        rows++;
      }
    });
    assert.equal(rows, 10);
  });
});
