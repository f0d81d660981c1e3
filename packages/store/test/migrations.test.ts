import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkVersion, migrate, readMigrations, type StoreError } from '../src/index.js';
import { splitStatements } from '../src/migrations.js';
import { emptyStore } from './embedded.js';

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

describe('splitStatements', () => {
  it('knows comments and quotes', () => {
    const sql = "-- a; b\nSELECT ';', 'it''s; \\'', 1 - 2; -- it's over\n\nSELECT `a;b`;\n;\nSELECT 3";
    assert.deepEqual(splitStatements(sql), ["SELECT ';', 'it''s; \\'', 1 - 2", 'SELECT `a;b`', 'SELECT 3']);
  });
});
