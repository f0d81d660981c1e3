import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Store, StoreError, writePredictions, type PredictionRow } from '../src/index.js';
import { InsertGathering } from '../src/insert-gathering.js';
import { splitForInserts } from '../src/partition-splitting.js';
import type { InsertRow } from '../src/insert-row.js';
import { fakeServer } from './clickhouse-server.js';
import { migratedStore } from './embedded.js';

const DAY = 86_400_000;

function predictionRow(eventId: string, expiresAt: number, offset = 0): PredictionRow {
  const answer = { score: null, class: 'yes', value: null, confidence: null, probabilities: new Map() };
  const stream = { model: 'm', version: '1', role: 'champion' } as const;
  return {
    prediction: { stream, eventId, eventTime: Date.now(), segments: [], answer, share: 1 },
    offset,
    expiresAt,
  };
}

describe('small inserts', () => {
  it('of 64 partitions that each write once a second are a few a second, and lose nothing', async () => {
    const server = await fakeServer(() => []);
    const store = await Store.open({ kind: 'server', url: server.url, username: 'u', password: '', database: 'd' });
    const seconds = 3;
    const acknowledged = new Set<string>();
    const partition = async (number: number): Promise<void> => {
      await setTimeout((1000 * number) / 64);
      for (let second = 0; second < seconds; second++) {
        const next = setTimeout(1000);
        const id = `${number}/${second}`;
        await writePredictions(store, [predictionRow(id, Date.now() + DAY)]);
        // Whoever has been told that its rows are written finds them written.
        assert.ok(server.requests.some(({ rows }) => rows.some((row) => row['event_id'] === id)));
        acknowledged.add(id);
        await next;
      }
    };
    await Promise.all(Array.from({ length: 64 }, (_, number) => partition(number)));
    const written = server.requests.flatMap(({ rows }) => rows.map((row) => row['event_id']));
    assert.deepEqual([written.length, new Set(written).size, acknowledged.size], [64 * seconds, 64 * seconds, 192]);
    assert.ok(server.requests.length <= 5 * (seconds + 1), `${server.requests.length} inserts in ${seconds} s`);
    await store.close();
    await server.close();
  });

  it('make few parts in the table', async () => {
    const store = await migratedStore();
    const written = Array.from({ length: 64 }, (_, n) =>
      writePredictions(store, [predictionRow(`${n}`, Date.now() + DAY, n)]),
    );
    await Promise.all(written);
    const [{ parts, rows }] = await store.query<{ parts: number; rows: number }>(
      `SELECT (SELECT toUInt64(splitByChar('_', name)[3]) FROM system.parts WHERE database = {database:String}
         AND table = 'predictions_raw' AND active ORDER BY splitByChar('_', name)[3] DESC LIMIT 1) AS parts,
         (SELECT count() FROM ${store.database}.predictions) AS rows`,
      { database: store.database },
    );
    assert.equal(rows, 64);
    assert.ok(parts <= 4, `${parts} parts`);
  });

  it('that are refused do not take along those of others', async () => {
    const sent: unknown[][] = [];
    let release = (): void => {};
    const first = new Promise<void>((resolve) => (release = resolve));
    const gathering = new InsertGathering(async (_, rows) => {
      sent.push(rows.map((row) => row['id']));
      if (sent.length === 1) await first;
      if (rows.some((row) => row['id'] === 'bad')) throw new StoreError('bad-query', 'refused');
    }, 0);
    const insert = (id: string) =>
      gathering.insert('t', [{ id }]).then(
        () => 'written',
        (fault: Error) => fault.message,
      );
    const all = ['first', 'good', 'bad', 'fine'].map(insert);
    release();
    assert.deepEqual(await Promise.all(all), ['written', 'written', 'refused', 'written']);
    assert.deepEqual(sent, [['first'], ['good', 'bad', 'fine'], ['good'], ['bad'], ['fine']]);
  });

  it('that fail for a time fail for all whose rows were in them, and nothing is sent twice', async () => {
    let tries = 0;
    const gathering = new InsertGathering(async () => {
      await setTimeout(1);
      if (++tries === 2) throw new StoreError('unreachable', 'away');
    }, 0);
    const all = await Promise.allSettled(['a', 'b', 'c'].map((id) => gathering.insert('t', [{ id }])));
    assert.deepEqual(
      all.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected'],
    );
    assert.equal(tries, 2);
  });

  it('of wide rows stay small, and large ones do not wait', async () => {
    const sizes: number[] = [];
    const gathering = new InsertGathering(async (_, rows) => {
      sizes.push(rows.length);
      await setTimeout(1);
    }, 0);
    const rows = (count: number): InsertRow[] => Array.from({ length: count }, (_, n) => ({ n }));
    await Promise.all(Array.from({ length: 30 }, () => gathering.insert('pane_columns_raw', rows(500))));
    assert.ok(Math.max(...sizes) <= 2500, String(sizes));
    assert.equal(
      sizes.reduce((a, b) => a + b),
      15_000,
    );
    sizes.length = 0;
    await Promise.all([gathering.insert('t', rows(6000)), gathering.insert('t', rows(7000))]);
    assert.deepEqual(sizes, [6000, 7000]);
  });

  it('are acknowledged when their rows are in the table, whatever the settings of the server are', async () => {
    const server = await fakeServer(() => []);
    const store = await Store.open({ kind: 'server', url: server.url, username: 'u', password: '', database: 'd' });
    await writePredictions(store, [predictionRow('a', Date.now())]);
    const [{ parameters }] = server.requests;
    assert.deepEqual(
      ['async_insert', 'wait_for_async_insert', 'insert_quorum'].map((name) => parameters.get(name)),
      ['0', '1', null],
    );
    await store.close();
    await server.close();
  });
});

describe('partitions of tables', () => {
  const timesOf = (time: string) => ({ pane_start: time, window_start: time, window_end: time, event_time: time });

  it('are a hundred at most an insert, in every table that has any', async () => {
    const store = await migratedStore();
    const tables = await store.query<{ name: string; partition_key: string }>(
      "SELECT name, partition_key FROM system.tables WHERE database = {database:String} AND partition_key != ''",
      { database: store.database },
    );
    assert.equal(tables.length, 12);
    for (const { name, partition_key: key } of tables) {
      const rows = Array.from({ length: 300 }, (_, n) => {
        const month = new Date(Date.UTC(2000, n, 17)).toISOString().slice(0, 10);
        return { ...timesOf(month), month, expires_at: n * 7 * 86_400 };
      });
      const lots = [...splitForInserts(name, rows, 10_000)];
      assert.deepEqual(lots.flat(), rows, name);
      const [, partitionOf, column] = /^(\w+)\((\w+)\)$/.exec(key) ?? [];
      const valueOf = column === 'expires_at' ? "toDateTime(value, 'UTC')" : 'toDate(value)';
      for (const lot of lots as unknown as readonly (typeof rows)[]) {
        const values = lot.map((row) => (column === 'expires_at' ? row.expires_at : `'${row.month}'`));
        const counted = await store.query<{ partitions: number }>(
          `SELECT uniqExact(${partitionOf}(${valueOf})) AS partitions FROM (SELECT arrayJoin([${values.join()}]) AS value)`,
        );
        assert.deepEqual(counted, [{ partitions: 100 }], name);
      }
    }
  });

  it('are few for the weeks of seven thousand that producers say they sent something in', async () => {
    const store = await migratedStore();
    const weeks = 2 ** 32 / 7 / 86_400;
    const rows = Array.from({ length: weeks }, (_, week) => predictionRow(`e${week}`, week * 7 * DAY, week));
    await writePredictions(store, rows);
    const [{ partitions, rows: written, latest }] = await store.query<Record<string, number>>(
      `SELECT uniqExact(toMonday(expires_at)) AS partitions, count() AS rows, toYear(max(expires_at)) AS latest
       FROM ${store.database}.predictions_raw`,
    );
    // What has expired may be gone already.
    assert.ok(written > 4000 && latest <= new Date().getUTCFullYear() + 11, `${written} rows, until ${latest}`);
    assert.ok(partitions < 600, `${partitions} partitions`);
  });

  it('of panes in 300 months are written all the same', async () => {
    const store = await migratedStore();
    const rows = Array.from({ length: 300 }, (_, n) => ({
      ...{ model: 'm', version: '1', role: 'champion', segment_dimension: '', segment_value: '', part: 'pane' },
      ...{ pane_size_ms: 60_000, events: 1, baseline_id: '' },
      pane_start: new Date(Date.UTC(2000, n, 1)).toISOString().slice(0, 19).replace('T', ' '),
      min_event_time: '2000-01-01 00:00:00',
      max_event_time: '2000-01-01 00:00:00',
    }));
    await store.insert('panes_raw', rows);
    assert.deepEqual(await store.query(`SELECT count() AS panes FROM ${store.database}.panes`), [{ panes: 300 }]);
    assert.deepEqual(
      await store.query("SELECT value FROM system.settings WHERE name = 'max_partitions_per_insert_block'"),
      [{ value: '100' }],
    );
  });
});
