import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incidentQuery, type WindowRow } from '@tidemark/monitoring';
import { readWindows, writeWindows } from '../src/index.js';
import { migratedStore } from './embedded.js';
import { HOSTILE, MINUTE, START } from './samples.js';

const MORE = [
  `' OR 1 = 1 --`,
  `\\' OR 1 = 1 --`,
  `\\\\' OR 1 = 1 --`,
  `' UNION ALL SELECT * FROM system.one /*`,
  `'; DROP TABLE windows_raw; --`,
  `' || toString(1) || '`,
  `''`,
  `\\x27`,
  `\\N`,
  `\\`,
  `#`,
  `;`,
  `$$`,
];

function windowOf(name: string): WindowRow {
  return {
    stream: { model: name, version: name, role: 'champion' },
    segment: { dimension: name, value: name },
    column: name,
    windowSize: 5 * MINUTE,
    windowStart: START,
    events: 1,
    values: 1,
    eventsPerSecond: 1,
    mean: null,
    standardDeviation: null,
    baselineId: null,
    distances: {
      ...{ psi: null, psiDebiased: null, jensenShannonDistance: null, hellinger: null, totalVariation: null },
      ...{
        chiSquare: null,
        chiSquareP: null,
        ks: null,
        ksP: null,
        ksError: null,
        wasserstein: null,
        wassersteinBySd: null,
      },
    },
    faultRates: {
      ...{
        nullRate: null,
        nanRate: null,
        infinityRate: null,
        typeErrorRate: null,
        unseenRate: null,
        outOfRangeRate: null,
      },
    },
    severity: null,
  };
}

/** The query that a drift event carries, on the test's database. */
function pasted(name: string, database: string): string {
  const { stream, segment, column } = windowOf(name);
  return incidentQuery(stream, segment, column, START).replace(
    'FROM tidemark.windows',
    () => `FROM ${database}.windows`,
  );
}

test('the query of a drift event finds the windows of its own names alone, whatever the names are', async () => {
  const store = await migratedStore();
  const names = [...HOSTILE, ...MORE];
  await writeWindows(store, names.map(windowOf));
  for (const name of names) {
    const rows = await store.query<{ events: number }>(pasted(name, store.database));
    assert.equal(rows.length, 1, JSON.stringify(name));
  }
  assert.deepEqual(await store.query(pasted('nobody', store.database)), []);
});

test('names come back from parameters as they went in', async () => {
  const store = await migratedStore();
  const names = [...HOSTILE, ...MORE];
  await writeWindows(store, names.map(windowOf));
  for (const name of names) {
    const found = await readWindows(store, {
      ...windowOf(name).stream,
      segment: { dimension: name, value: name },
      column: name,
      from: START,
      to: START + 1,
    });
    assert.deepEqual(
      found.map(({ column }) => column),
      [name],
    );
  }
});
