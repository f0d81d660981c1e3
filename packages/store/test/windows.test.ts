import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ALL_EVENTS, type WindowRow } from '@tidemark/monitoring';
import { readWindows, writeWindows } from '../src/index.js';
import { migratedStore } from './embedded.js';
import { HOSTILE, START, STREAM } from './samples.js';

function windowRow(changes: Partial<WindowRow> = {}): WindowRow {
  return {
    stream: STREAM,
    segment: ALL_EVENTS,
    column: 'age',
    windowSize: 300_000,
    windowStart: START,
    events: 2 ** 53 - 1,
    values: 0,
    eventsPerSecond: 1 / 3,
    mean: -0.1 - 0.2,
    standardDeviation: Infinity,
    baselineId: 'abc',
    distances: {
      psi: 0.1 + 0.2,
      psiDebiased: 0,
      jensenShannonDistance: 5e-324,
      hellinger: 0.3,
      totalVariation: 1,
      chiSquare: 1.7976931348623157e308,
      chiSquareP: 1e-300,
      ks: 0.25,
      ksP: null,
      ksError: 0.005,
      wasserstein: 2,
      wassersteinBySd: null,
    },
    faultRates: {
      nullRate: 0.5,
      nanRate: null,
      infinityRate: 0,
      typeErrorRate: 1,
      unseenRate: null,
      outOfRangeRate: 0.125,
    },
    severity: 'major',
    ...changes,
  };
}

describe('windows', () => {
  it('come back as they went in, and replace themselves', async () => {
    const store = await migratedStore();
    const rows = [
      windowRow(),
      windowRow({ column: '', baselineId: null, severity: null, mean: null, standardDeviation: NaN }),
      windowRow({ segment: { dimension: 'country', value: 'DE' } }),
    ];
    await writeWindows(store, rows);
    await writeWindows(
      store,
      rows.map((row) => ({ ...row, events: 1 })),
    );
    await writeWindows(store, rows);
    assert.deepEqual(await readWindows(store), [rows[1], rows[0], rows[2]]);
  });

  it('are found by stream, segment, column, size and time', async () => {
    const store = await migratedStore();
    const segment = { dimension: 'country', value: 'DE' };
    await writeWindows(store, [
      windowRow(),
      windowRow({ stream: { ...STREAM, role: 'shadow' } }),
      windowRow({ segment }),
      windowRow({ column: 'income' }),
      windowRow({ windowSize: 60_000 }),
      windowRow({ windowStart: START + 300_000 }),
    ]);
    const count = async (filter: Parameters<typeof readWindows>[1]) => (await readWindows(store, filter)).length;
    assert.equal(await count({}), 6);
    assert.equal(await count({ role: 'shadow', model: STREAM.model }), 1);
    assert.equal(await count({ segment }), 1);
    assert.equal(await count({ column: 'income' }), 1);
    assert.equal(await count({ windowSize: 60_000 }), 1);
    assert.equal(await count({ from: START + 1, to: Infinity }), 1);
    assert.equal(await count({ from: START, to: START + 300_000 }), 5);
    assert.equal(await count({ model: "x' OR 1 = 1 --" }), 0);
  });

  it('take any text for a name', async () => {
    const store = await migratedStore();
    const rows = HOSTILE.map((text) =>
      windowRow({
        stream: { model: text, version: text, role: 'canary' },
        column: text,
        segment: { dimension: text, value: text },
      }),
    );
    await writeWindows(store, rows);
    for (const row of rows) {
      assert.deepEqual(await readWindows(store, { model: row.column, column: row.column, segment: row.segment }), [
        row,
      ]);
    }
  });
});
