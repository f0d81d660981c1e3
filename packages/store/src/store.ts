import { Agent } from 'node:https';
import { setTimeout } from 'node:timers/promises';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { asClientConnection, connectEngine } from './embedded-engine.js';
import { InsertGathering } from './insert-gathering.js';
import { MOST_PARTITIONS_AN_INSERT, splitForInserts } from './partition-splitting.js';
import { isBrokenConnection, isOutOfTurn, StoreError, storeErrorOf } from './store-error.js';
import type { ServerStoreConfig, StoreConfig } from './store-config.js';
import type { InsertRow } from './insert-row.js';

/** Values of `{name:Type}` in a query. Dates and times are milliseconds since the epoch with fromUnixTimestamp64Milli({name:Int64}). */
export type QueryParameters = Readonly<Record<string, unknown>>;

const ROWS_AN_INSERT = 10_000;

/** Milliseconds between two small inserts into one table of a server: about as many as it merges with ease. */
const INSERT_SPACING = 250;

/** Each is needed for values to arrive as they left, whatever the server's own settings are. */
const SETTINGS = {
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 1,
  output_format_json_named_tuples_as_objects: 1,
  // Rows are divided so that no insert touches more.
  max_partitions_per_insert_block: String(MOST_PARTITIONS_AN_INSERT),
  // An insert is acknowledged when its rows are in the table, whatever the server's own settings are. Nor may the server gather
  // inserts: together they might touch more partitions.
  async_insert: 0,
  wait_for_async_insert: 1,
  // A row that cannot be told from the last insert's is written again and merged away; never silently left out.
  insert_deduplicate: 0,
  input_format_skip_unknown_fields: 0,
  session_timezone: 'UTC',
} as const;

/**
 * A connection to ClickHouse, be it a server or the engine inside this process: the same SQL either way. It holds no state of
 * its own, so any number of calls may be under way at once; on the embedded engine they queue.
 */
export class Store {
  readonly config: StoreConfig;
  readonly #client: ClickHouseClient;
  readonly #release: () => Promise<void>;
  readonly #inserts: InsertGathering;
  #closed = false;

  private constructor(config: StoreConfig, client: ClickHouseClient, release: () => Promise<void>) {
    this.config = config;
    this.#client = client;
    this.#release = release;
    const spacing = config.kind === 'server' ? INSERT_SPACING : 0;
    this.#inserts = new InsertGathering((table, rows) => this.#send(table, rows), spacing);
  }

  /** Connects; a server is first spoken to by the first call. @throws StoreError `engine-missing`, `engine-busy`. */
  static async open(config: StoreConfig): Promise<Store> {
    if (config.kind === 'server') return new Store(config, serverClient(config), async () => {});
    const { connection, release } = await connectEngine(config.path);
    return new Store(
      config,
      createClient({
        connection: asClientConnection(connection),
        log: { level: ClickHouseLogLevel.OFF },
        // The engine takes what stands in this process's standard input for more rows of an insert; an asynchronous one it refuses then.
        clickhouse_settings: { ...SETTINGS, async_insert: 1 },
      }),
      release,
    );
  }

  get database(): string {
    return this.config.database;
  }

  /** Rows of a SELECT, each an object by column. 64-bit integers are numbers, exact up to 2^53. @throws StoreError. */
  async query<Row = Record<string, unknown>>(sql: string, parameters: QueryParameters = {}): Promise<Row[]> {
    return this.#run('A query failed', async () => {
      const result = await this.#client.query({
        query: sql,
        query_params: { ...parameters },
        format: 'JSONEachRow',
      });
      return result.json<Row>();
    });
  }

  /** Runs a statement that gives no rows. @throws StoreError. */
  async command(sql: string, parameters: QueryParameters = {}): Promise<void> {
    await this.#run('A statement failed', () => this.#client.command({ query: sql, query_params: { ...parameters } }));
  }

  /**
   * Inserts rows, ten thousand at a time at most, small numbers together with those of other callers; settles when they are
   * acknowledged. When it throws, some of them may have gone in; repeat the whole, the keys are the same.
   *
   * @param table a name of this package's own, never one from outside. @throws StoreError.
   */
  async insert(table: string, rows: readonly InsertRow[]): Promise<void> {
    await this.#inserts.insert(table, rows);
  }

  async #send(table: string, rows: readonly InsertRow[]): Promise<void> {
    for (const values of splitForInserts(table, rows, ROWS_AN_INSERT)) {
      await this.#run(`Writing ${values.length} rows to ${this.database}.${table} failed`, () =>
        this.#client.insert({
          table: `${this.database}.${table}`,
          values,
          format: 'JSONEachRow',
          // Columns that are only there when inserting have to be named.
          columns: Object.keys(values[0]) as [string, ...string[]],
        }),
      );
    }
  }

  /** Whether the store answers. */
  async ping(): Promise<boolean> {
    return !this.#closed && (await this.#client.ping()).success;
  }

  /** Lets go of the connection, and of the folder where embedded, once what is under way has ended. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#client.close();
    await this.#release();
  }

  /** Tries again, for some seconds, what only has to wait its turn on a replicated table. */
  async #patiently<T>(run: () => Promise<T>): Promise<T> {
    for (const wait of TURNS) {
      try {
        return await run();
      } catch (fault) {
        if (!isOutOfTurn(fault)) throw fault;
        await setTimeout(wait * (0.5 + Math.random()));
      }
    }
    return run();
  }

  async #run<T>(doing: string, run: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new StoreError('closed', `${doing}: the store has been closed`);
    try {
      return await this.#patiently(() =>
        run().catch((fault: unknown) => {
          // At once and once only, on a new connection; writes may be repeated, their keys are the same.
          if (isBrokenConnection(fault)) return run();
          throw fault;
        }),
      );
    } catch (fault) {
      throw storeErrorOf(fault, doing);
    }
  }
}

/**
 * Where tables are replicated: a write is acknowledged by most replicas, and a read sees all that were acknowledged before it,
 * whichever replica answers. ClickHouse gives that to inserts that do not run side by side only.
 */
const CLUSTER_SETTINGS = {
  insert_quorum: 'auto',
  insert_quorum_parallel: 0,
  select_sequential_consistency: '1',
} as const;

/** Milliseconds between tries where another insert into the table is under way, or a replica has not caught up; some at random, so that those who wait do not meet again. */
const TURNS = [50, 100, 200, 400, 800, 1600] as const;

function serverClient(config: ServerStoreConfig): ClickHouseClient {
  const { url, username, password, tls } = config;
  return createClient({
    url,
    username,
    password,
    application: 'tidemark',
    // Faults are thrown; whoever catches them logs them, once.
    log: { level: ClickHouseLogLevel.OFF },
    request_timeout: config.requestTimeout ?? 30_000,
    compression: { request: true, response: true },
    clickhouse_settings: config.cluster === undefined ? SETTINGS : { ...SETTINGS, ...CLUSTER_SETTINGS },
    ...(new URL(url).protocol === 'https:' ? { http_agent: agentOf(tls ?? {}) } : {}),
    ...(tls?.certificate && password === '' ? BY_CERTIFICATE(username) : {}),
  });
}

/** The certificate says who we are: ClickHouse takes it for the user's only where no password comes with it. */
const BY_CERTIFICATE = (username: string) => ({
  set_basic_auth_header: false,
  http_headers: { 'X-ClickHouse-User': username, 'X-ClickHouse-SSL-Certificate-Auth': 'on' },
});

/** The client's own agent would leave it to NODE_TLS_REJECT_UNAUTHORIZED whether certificates are checked. */
function agentOf({ ca, certificate, key }: NonNullable<ServerStoreConfig['tls']>): Agent {
  return new Agent({
    keepAlive: true,
    maxSockets: 10,
    rejectUnauthorized: true,
    ...(ca ? { ca } : {}),
    ...(certificate && key ? { cert: certificate, key } : {}),
  });
}
