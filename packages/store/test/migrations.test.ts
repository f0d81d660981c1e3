import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Signal } from '@tidemark/monitoring';
import { checkVersion, migrate, readMigrations, readPanes, writePanes, type StoreError } from '../src/index.js';
import { splitStatements } from '../src/migrations.js';
import { collect, emptyStore, migratedStore } from './embedded.js';
import { MINUTE, numericSketch, paneOf, START, STREAM } from './samples.js';

describe('migrations', () => {
  it('are applied once, and checked by services', async () => {
    const store = await emptyStore();
    await assert.rejects(checkVersion(store), (fault: StoreError) => {
      assert.equal(fault.code, 'schema-behind');
      assert.match(fault.message, /run `tidemark migrate`/);
      return true;
    });
    const versions = readMigrations().map(({ version }) => version);
    assert.deepEqual(await migrate(store), versions);
    assert.deepEqual(await migrate(store), []);
    await checkVersion(store);
    const tables = await store.query<{ name: string }>(
      'SELECT name FROM system.tables WHERE database = {database:String} ORDER BY name',
      { database: store.database },
    );
    const views = [
      'baseline_columns',
      'baseline_joint',
      'baseline_vectors',
      'baseline_windows',
      'baselines',
      'drift_events',
      'incident_answers',
      'labeling_requests',
      'labels',
      'pane_columns',
      'pane_joint',
      'pane_quality',
      'pane_vectors',
      'panes',
      'predictions',
      'quality',
      'waiting_labels',
      'windows',
    ];
    const expected = [
      ...views.flatMap((view) => [view, `${view}_raw`]),
      'label_arrivals',
      'label_joins',
      'pane_outcomes',
      'pane_pairs',
      'schema_migrations',
      'topic_ids',
    ].sort();
    assert.deepEqual(
      tables.map(({ name }) => name),
      expected,
    );
  });

  it('apply what is new to a store that has the old', async () => {
    const store = await emptyStore();
    const all = readMigrations();
    assert.deepEqual(await migrate(store, { migrations: all.slice(0, 2) }), [1, 2]);
    const due = all.slice(2).map(({ version }) => version);
    const message = new RegExp(`lacks ${due.length} of ${all.length}`);
    await assert.rejects(checkVersion(store), { code: 'schema-behind', message });
    assert.deepEqual(await migrate(store), due);
    await checkVersion(store);
  });

  it('refuse a store that is ahead, and a migration edited after it was applied', async () => {
    const store = await emptyStore();
    const all = readMigrations();
    await migrate(store);
    const older = all.slice(0, 3);
    await assert.rejects(checkVersion(store, older), { code: 'schema-ahead', retriable: false });
    await assert.rejects(migrate(store, { migrations: older }), { code: 'schema-ahead' });
    const edited = all.map((migration) => (migration.version === 2 ? { ...migration, checksum: 'other' } : migration));
    await assert.rejects(checkVersion(store, edited), { code: 'schema-changed', message: /Migration 2 \(panes\)/ });
    await assert.rejects(migrate(store, { migrations: edited }), { code: 'schema-changed' });
  });

  it('run by several at once leave one store', async () => {
    const store = await emptyStore();
    await Promise.all([migrate(store), migrate(store), migrate(store)]);
    await checkVersion(store);
  });

  it('set, change and take back how long rows are kept', async () => {
    const store = await emptyStore();
    const ttl = async (): Promise<string> => {
      const [{ sql }] = await store.query<{ sql: string }>(
        "SELECT engine_full AS sql FROM system.tables WHERE database = {d:String} AND name = 'windows_raw'",
        { d: store.database },
      );
      return /TTL .*/.exec(sql)?.[0] ?? '';
    };
    await migrate(store);
    assert.equal(await ttl(), '');
    await migrate(store, { retentionDays: 30 });
    assert.match(await ttl(), /toIntervalDay\(30\)/);
    await migrate(store);
    assert.match(await ttl(), /toIntervalDay\(30\)/);
    await migrate(store, { retentionDays: null });
    assert.equal(await ttl(), '');
    await assert.rejects(migrate(store, { retentionDays: 0.5 }), { code: 'bad-config' });
  });
});

/** So that a signal that is added does not compile until it is here. */
const SIGNALS: Readonly<Record<Signal, true>> = {
  ...{ 'data-drift': true, 'prediction-drift': true, 'joint-drift': true, 'data-quality': true, silence: true },
  ...{ baseline: true, quality: true, 'concept-drift': true, calibration: true, 'base-rate': true },
  ...{ 'labels-silent': true, 'labels-orphaned': true, 'stream-set-aside': true },
};

describe('the migration of parts', () => {
  const all = readMigrations();
  const before = all.slice(0, 16);
  const { version, statements } = all[16];

  it('keeps what there is, under names that need no dictionary', async () => {
    const store = await emptyStore();
    await migrate(store, { migrations: before, retentionDays: 36_500 });
    const rows = [paneOf([], { part: 'pane' }), paneOf([numericSketch('x', [1, 2])], { part: 'late-0-17' })];
    await writePanes(store, rows);
    const read = () => collect(readPanes(store, { stream: STREAM, from: START, to: START + MINUTE, paneSize: MINUTE }));
    const found = await read();
    assert.deepEqual(
      found.map(({ part }) => part),
      ['pane', 'late-0-17'],
    );
    // As it is left by a process that ends in the middle, and then done again.
    for (const statement of statements.slice(0, 4)) {
      await store.command(statement.replaceAll('{{database}}', store.database).replaceAll('{{on_cluster}}', ''));
    }
    assert.equal((await migrate(store))[0], version);
    assert.deepEqual(await read(), found);
    await writePanes(store, [paneOf([], { part: 'late-0-18' })]);
    assert.equal((await read()).length, 3);
    const columns = await store.query<{ table: string; type: string }>(
      "SELECT table, type FROM system.columns WHERE database = {d:String} AND name = 'part' ORDER BY table",
      { d: store.database },
    );
    assert.ok(columns.length >= 10);
    for (const { table, type } of columns) assert.equal(type, 'String', table);
    const [{ ttl }] = await store.query<{ ttl: boolean }>(
      "SELECT engine_full LIKE '%toIntervalDay(36500)%' AS ttl FROM system.tables WHERE database = {d:String} AND name = 'panes_raw'",
      { d: store.database },
    );
    assert.ok(ttl);
  });

  it('names every signal', async () => {
    const store = await migratedStore();
    const [{ comment }] = await store.query<{ comment: string }>(
      "SELECT comment FROM system.columns WHERE database = {d:String} AND table = 'drift_events_raw' AND name = 'signal'",
      { d: store.database },
    );
    for (const signal of Object.keys(SIGNALS)) assert.match(comment, new RegExp(`\\b${signal}\\b`));
  });
});

describe('retention', () => {
  for (const retentionDays of [36_500, 80 * 365, 999_999]) {
    it(`of ${retentionDays} days removes nothing, though it ends after ClickHouse's times do`, async () => {
      const store = await emptyStore();
      await migrate(store, { retentionDays });
      await writePanes(store, [paneOf([], { start: Date.now() - (Date.now() % MINUTE) }), paneOf([])]);
      await store.command(`OPTIMIZE TABLE ${store.database}.panes_raw FINAL`);
      assert.deepEqual(await store.query(`SELECT count() AS panes FROM ${store.database}.panes`), [{ panes: 2 }]);
    });
  }

  it('of some days removes what is older, and nothing else', async () => {
    const store = await emptyStore();
    await migrate(store, { retentionDays: 30 });
    await writePanes(store, [paneOf([], { start: Date.now() - (Date.now() % MINUTE) }), paneOf([])]);
    await store.command(`OPTIMIZE TABLE ${store.database}.panes_raw FINAL`);
    assert.deepEqual(await store.query(`SELECT count() AS panes FROM ${store.database}.panes`), [{ panes: 1 }]);
  });
});

describe('splitStatements', () => {
  it('knows comments and quotes', () => {
    const sql = "-- a; b\nSELECT ';', 'it''s; \\'', 1 - 2; -- it's over\n\nSELECT `a;b`;\n;\nSELECT 3";
    assert.deepEqual(splitStatements(sql), ["SELECT ';', 'it''s; \\'', 1 - 2", 'SELECT `a;b`', 'SELECT 3']);
  });
});
