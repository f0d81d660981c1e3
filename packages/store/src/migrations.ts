import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { checkCluster } from './cluster-check.js';
import type { Store } from './store.js';
import { isIdentifier, type StoreConfig } from './store-config.js';
import { StoreError } from './store-error.js';

/** One numbered SQL file. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** SHA-256 of the file, in hexadecimal digits. */
  readonly checksum: string;
  /** Statements with `{{placeholders}}` still in them. */
  readonly statements: readonly string[];
}

interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

const FOLDER = new URL('../../migrations/', import.meta.url);

/** Tables whose old rows may expire, by the column that dates them. */
const EXPIRING: Readonly<Record<string, string>> = {
  pane_columns_raw: 'pane_start',
  panes_raw: 'pane_start',
  pane_joint_raw: 'pane_start',
  pane_quality_raw: 'pane_start',
  pane_vectors_raw: 'pane_start',
  windows_raw: 'window_start',
  quality_raw: 'window_start',
  drift_events_raw: 'window_end',
  labeling_requests_raw: 'event_time',
};

/** The migrations in their order. @param folder where they are; this package's own unless stated. */
export function readMigrations(folder: URL = FOLDER): Migration[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
  const migrations = files.sort().map((file) => {
    const sql = readFileSync(new URL(file, folder), 'utf8');
    const [, number, name] = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file) ?? [];
    if (number === undefined || name === undefined) {
      throw new StoreError('schema-changed', `The migration ${file} is not named like 0001_what_it_does.sql`);
    }
    const checksum = createHash('sha256').update(sql).digest('hex');
    return { version: Number(number), name, checksum, statements: splitStatements(sql) };
  });
  migrations.forEach(({ version, name }, index) => {
    if (version === index + 1) return;
    throw new StoreError(
      'schema-changed',
      `The migration ${version} (${name}) stands where number ${index + 1} should`,
    );
  });
  return migrations;
}

/**
 * Brings the store's tables up to this program's version; does nothing where they are. Any number of processes may do so at once.
 *
 * @param options.retentionDays rows of panes, windows and drift events older than this, by event time, are removed in due
 *   course; null keeps them for good; left out, it stays as it was. Remember that a replay of old data is old data.
 * @returns the versions applied. @throws StoreError `schema-changed`, `schema-ahead`, or what a statement throws.
 */
export async function migrate(
  store: Store,
  options: { readonly retentionDays?: number | null; readonly migrations?: readonly Migration[] } = {},
): Promise<number[]> {
  const migrations = options.migrations ?? readMigrations();
  const { retentionDays } = options;
  if (typeof retentionDays === 'number' && !(Number.isInteger(retentionDays) && retentionDays > 0)) {
    throw new StoreError('bad-config', `Rows are kept for a whole number of days, not ${retentionDays}`);
  }
  await checkCluster(store);
  for (const statement of BOOKKEEPING) await store.command(fillIn(statement, store.config));
  const applied = compare(migrations, await appliedMigrations(store), store.database);
  const due = migrations.filter(({ version }) => !applied.has(version));
  for (const { version, name, checksum, statements } of due) {
    for (const statement of statements) await store.command(fillIn(statement, store.config));
    await store.insert('schema_migrations', [{ version, name, checksum }]);
  }
  if (retentionDays !== undefined) await setRetention(store, retentionDays);
  return due.map(({ version }) => version);
}

/**
 * Makes sure that the tables are those this program was built for; services call it at their start and change nothing.
 *
 * @throws StoreError `schema-behind`, `schema-ahead` or `schema-changed`, `bad-config` where the tables are not on one shard,
 *   or why the store cannot be asked.
 */
export async function checkVersion(store: Store, migrations: readonly Migration[] = readMigrations()): Promise<void> {
  await checkCluster(store);
  const { database } = store;
  const [{ found }] = await store.query<{ found: number }>(
    "SELECT count() AS found FROM system.tables WHERE database = {database:String} AND name = 'schema_migrations'",
    { database },
  );
  const applied = found === 0 ? [] : await appliedMigrations(store);
  const missing = migrations.length - compare(migrations, applied, database).size;
  if (missing === 0) return;
  const state =
    applied.length === 0 ? 'has no tables of Tidemark yet' : `lacks ${missing} of ${migrations.length} migrations`;
  throw new StoreError('schema-behind', `The database ${database} ${state}: run \`tidemark migrate\``);
}

/** The versions that are applied. @throws StoreError where they are not a part of those known. */
function compare(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
  database: string,
): Set<number> {
  const known = new Map(migrations.map((migration) => [migration.version, migration]));
  for (const { version, name, checksum } of applied) {
    const ours = known.get(version);
    if (ours === undefined) {
      throw new StoreError(
        'schema-ahead',
        `The database ${database} has migration ${version} (${name}), which this program does not know: run a newer Tidemark`,
      );
    }
    if (ours.checksum === checksum) continue;
    throw new StoreError(
      'schema-changed',
      `Migration ${version} (${name}) was applied to the database ${database} in another wording: ` +
        'an applied migration is never edited, write a new one',
    );
  }
  return new Set(applied.map(({ version }) => version));
}

const BOOKKEEPING = [
  'CREATE DATABASE IF NOT EXISTS {{database}} {{on_cluster}}',
  `CREATE TABLE IF NOT EXISTS {{database}}.schema_migrations {{on_cluster}}
  (version UInt32, name String, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
  ENGINE = {{replacing_merge_tree}} ORDER BY version COMMENT 'Migrations that have been applied'`,
];

async function appliedMigrations(store: Store): Promise<AppliedMigration[]> {
  return store.query<AppliedMigration>(
    `SELECT version, name, checksum FROM ${store.database}.schema_migrations FINAL ORDER BY version`,
  );
}

async function setRetention(store: Store, days: number | null): Promise<void> {
  for (const [table, column] of Object.entries(EXPIRING)) {
    const alter = `ALTER TABLE {{database}}.${table} {{on_cluster}}`;
    const [{ expires }] = await store.query<{ expires: number }>(
      "SELECT engine_full LIKE '% TTL %' AS expires FROM system.tables WHERE database = {database:String} AND name = {table:String}",
      { database: store.database, table },
    );
    if (days !== null) {
      await store.command(fillIn(`${alter} MODIFY TTL ${expiryAfter(column, days)}`, store.config));
    } else if (expires) await store.command(fillIn(`${alter} REMOVE TTL`, store.config));
  }
}

/** A hundred years: no row is older, and none that is kept as long expires. */
const LONGEST_RETENTION = 36_500;

/**
 * When a row expires that is kept for some days from a time on. A time of expiry is a DateTime, which ends in February 2106: beyond
 * it the sum would begin anew in 1970, and the row be removed at once.
 */
function expiryAfter(column: string, retentionDays: number): string {
  const days = Math.min(retentionDays, LONGEST_RETENTION);
  const latest = `toDateTime64('2106-02-07 00:00:00', 3, 'UTC') - INTERVAL ${days} DAY`;
  return `toDateTime(least(${column}, ${latest})) + INTERVAL ${days} DAY`;
}

/** Puts what a configuration decides into a statement. Only identifiers of a closed alphabet ever get in. */
function fillIn(statement: string, config: StoreConfig): string {
  const cluster = config.kind === 'server' ? config.cluster : undefined;
  if (!isIdentifier(config.database) || (cluster !== undefined && !isIdentifier(cluster))) {
    throw new StoreError('bad-config', 'database and cluster must be letters, digits and underscores');
  }
  const values: Readonly<Record<string, string>> = {
    database: config.database,
    on_cluster: cluster === undefined ? '' : `ON CLUSTER ${cluster}`,
    replacing_merge_tree: replacing(cluster, null),
    // Of equal keys the row with the greatest value stands, whichever was written last.
    replacing_merge_tree_by_precedence: replacing(cluster, 'precedence'),
    replacing_merge_tree_by_settled: replacing(cluster, 'settled'),
  };
  return statement.replaceAll(/\{\{(\w+)\}\}/g, (placeholder, name: string) => {
    if (!(name in values))
      throw new StoreError('schema-changed', `A migration has an unknown placeholder ${placeholder}`);
    return values[name];
  });
}

function replacing(cluster: string | undefined, by: string | null): string {
  if (cluster === undefined) return by === null ? 'ReplacingMergeTree' : `ReplacingMergeTree(${by})`;
  const places = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'";
  return `ReplicatedReplacingMergeTree(${places}${by === null ? '' : `, ${by}`})`;
}

/** Cuts a file into statements at its semicolons, but for those in comments and in quotes. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let statement = '';
  for (const [token] of sql.matchAll(/--[^\n]*|'(?:[^'\\]|\\.|'')*'|`[^`]*`|;|[^;'`-]+|[-'`]/g)) {
    if (token.startsWith('--')) continue;
    if (token !== ';') {
      statement += token;
      continue;
    }
    statements.push(statement.trim());
    statement = '';
  }
  statements.push(statement.trim());
  return statements.filter((each) => each !== '');
}
