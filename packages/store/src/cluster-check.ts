import type { Store } from './store.js';
import { StoreError } from './store-error.js';

/**
 * Makes sure that a server keeps what is written where it is read: tables are on one server, or replicated within one shard of
 * the cluster that the configuration names. On several shards each would hold other rows, and reads would miss some.
 *
 * @throws StoreError `bad-config` with what to change, or why the store cannot be asked.
 */
export async function checkCluster(store: Store): Promise<void> {
  const { config, database } = store;
  if (config.kind !== 'server') return;
  const { cluster } = config;
  if (cluster === undefined) {
    const [{ replicated }] = await store.query<{ replicated: number }>(
      "SELECT countIf(engine LIKE 'Replicated%') AS replicated FROM system.tables WHERE database = {database:String}",
      { database },
    );
    if (replicated === 0) return;
    throw new StoreError(
      'bad-config',
      `The tables of ${database} are replicated, and no cluster is named: set TIDEMARK_CLICKHOUSE_CLUSTER (a name in ` +
        'system.clusters), so that most replicas acknowledge each write and each read sees what was written before it',
    );
  }
  const [{ shards }] = await store.query<{ shards: number }>(
    'SELECT uniqExact(shard_num) AS shards FROM system.clusters WHERE cluster = {cluster:String}',
    { cluster },
  );
  if (shards === 1) return;
  throw new StoreError(
    'bad-config',
    shards === 0
      ? `The ClickHouse server has no cluster ${cluster}: name one of system.clusters in TIDEMARK_CLICKHOUSE_CLUSTER`
      : `The cluster ${cluster} has ${shards} shards, and Tidemark needs all rows on one: ` +
          'name a cluster with one shard (its replicas only) in TIDEMARK_CLICKHOUSE_CLUSTER',
  );
}
