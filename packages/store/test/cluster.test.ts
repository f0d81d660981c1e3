import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkVersion, migrate, readMigrations, Store } from '../src/index.js';
import { fakeServer, type ServerAnswer, type ServerRequest } from './clickhouse-server.js';

async function serverWith(answer: (request: ServerRequest) => ServerAnswer, cluster?: string) {
  const server = await fakeServer(answer);
  const config = { kind: 'server', url: server.url, username: 'u', password: '', database: 'd' } as const;
  const store = await Store.open({ ...config, ...(cluster === undefined ? {} : { cluster }) });
  const close = async (): Promise<void> => {
    await store.close();
    await server.close();
  };
  return { server, store, close };
}

/** What a cluster of so many shards answers, with all migrations applied. */
function clusterOf(shards: number, replicated: number): (request: ServerRequest) => ServerAnswer {
  return ({ sql }) => {
    if (sql.includes('system.clusters')) return [{ shards }];
    if (sql.includes('AS replicated')) return [{ replicated }];
    if (sql.includes('AS found')) return [{ found: 1 }];
    return sql.includes('schema_migrations FINAL') ? readMigrations() : [];
  };
}

describe('a store on a replicated cluster', () => {
  it('has most replicas acknowledge writes, and reads what was written before', async () => {
    const { server, store, close } = await serverWith(() => [], 'replicas');
    await store.insert('t', [{ a: 1 }]);
    await store.query('SELECT 1');
    for (const { parameters } of server.requests) {
      assert.deepEqual(
        ['insert_quorum', 'insert_quorum_parallel', 'select_sequential_consistency', 'async_insert'].map((name) =>
          parameters.get(name),
        ),
        ['auto', '0', '1', '0'],
      );
    }
    assert.equal(server.requests.length, 2);
    await close();
  });

  for (const [code, type] of [
    [286, 'UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE'],
    [289, 'REPLICA_IS_NOT_IN_QUORUM'],
  ] as const) {
    it(`waits its turn: ${type}`, async () => {
      let refusals = 3;
      const { server, store, close } = await serverWith(() => (refusals-- > 0 ? { code, type } : []), 'replicas');
      await store.insert('t', [{ a: 1 }]);
      assert.equal(server.requests.length, 4);
      refusals = 1000;
      await assert.rejects(store.insert('t', [{ a: 2 }]), { code: 'overloaded', retriable: true });
      await close();
    });
  }

  it('is refused where it has several shards, or none, or where nobody says that it is one', async () => {
    for (const [shards, replicated, cluster, message] of [
      [2, 0, 'both', /^The cluster both has 2 shards, .*name a cluster with one shard/],
      [0, 0, 'none', /^The ClickHouse server has no cluster none: /],
      [1, 17, undefined, /^The tables of d are replicated, .* set TIDEMARK_CLICKHOUSE_CLUSTER/],
    ] as const) {
      const { server, store, close } = await serverWith(clusterOf(shards, replicated), cluster);
      await assert.rejects(checkVersion(store), { code: 'bad-config', message });
      await assert.rejects(migrate(store), { code: 'bad-config', message });
      assert.ok(server.requests.every(({ sql }) => sql.startsWith('SELECT')));
      await close();
    }
  });

  it('is taken with one shard, and plain tables without a cluster', async () => {
    for (const cluster of ['replicas', undefined]) {
      const { store, close } = await serverWith(clusterOf(1, 0), cluster);
      await checkVersion(store);
      await close();
    }
  });
});
