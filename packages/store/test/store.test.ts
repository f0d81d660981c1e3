import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { parseStoreConfig, Store } from '../src/index.js';
import { emptyStore, temporaryFolder } from './embedded.js';
import { HOSTILE } from './samples.js';

describe('Store', () => {
  it('hands parameters over as they are, and numbers back exactly', async () => {
    const store = await emptyStore();
    for (const text of HOSTILE) {
      assert.deepEqual(
        await store.query('SELECT {text:String} AS text, {list:Array(String)} AS list', { text, list: [text, text] }),
        [{ text, list: [text, text] }],
      );
    }
    assert.deepEqual(await store.query('SELECT {n:UInt64} AS n, {x:Float64} AS x', { n: 2 ** 53 - 1, x: 0.1 + 0.2 }), [
      { n: 2 ** 53 - 1, x: 0.30000000000000004 },
    ]);
  });

  it('takes nothing that stands in standard input for rows', async () => {
    const script = `const { Store } = await import(${JSON.stringify(new URL('../src/index.js', import.meta.url).href)});
      const store = await Store.open({ kind: 'embedded', path: process.argv[1], database: 'default' });
      await store.command('CREATE TABLE default.t (a UInt8) ENGINE = MergeTree ORDER BY a');
      await store.insert('t', [{ a: 1 }]).catch(() => undefined);
      console.log(JSON.stringify(await store.query('SELECT a FROM default.t WHERE a != 1')));
      await store.close();`;
    const path = join(temporaryFolder(), 'standard-input');
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], { stdio: 'pipe' });
    child.stdin.on('error', () => undefined).end('{"a":5}\n');
    assert.equal((await text(child.stdout)).trim(), '[]');
  });

  it('answers many at once', async () => {
    const store = await emptyStore();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => store.query('SELECT {i:UInt32} AS i', { i })),
    );
    assert.deepEqual(
      answers,
      Array.from({ length: 50 }, (_, i) => [{ i }]),
    );
  });

  it('puts faults under its codes', async () => {
    const store = await emptyStore();
    await assert.rejects(store.query('SELECT nonsense'), {
      name: 'StoreError',
      code: 'bad-query',
      retriable: false,
      message: /nonsense/,
    });
    await assert.rejects(
      store.query("SELECT throwIf(1, 'x', 252::Int16) SETTINGS allow_custom_error_code_in_throwif = 1"),
      {
        code: 'overloaded',
        retriable: true,
      },
    );
    await assert.rejects(store.query('SELECT sleep(2) SETTINGS max_execution_time = 0.1'), {
      code: 'timeout',
      retriable: true,
    });
  });

  it('has one folder a process, and is closed once', async () => {
    await emptyStore();
    const other = { kind: 'embedded', database: 'x', path: join(temporaryFolder(), 'elsewhere') } as const;
    await assert.rejects(Store.open(other), { code: 'engine-busy' });
    const again = await Store.open({ ...other, path: join(temporaryFolder(), 'data') });
    assert.equal(await again.ping(), true);
    await again.close();
    await again.close();
    assert.equal(await again.ping(), false);
    await assert.rejects(again.query('SELECT 1'), { code: 'closed' });
  });

  it('tells a server that is away from one that refuses', async () => {
    const server = createServer((request, response) => {
      request.resume();
      if (request.url?.includes('password') === true) throw new Error('a password in a URL');
      response.writeHead(516, { 'X-ClickHouse-Exception-Code': '516' });
      response.end('Code: 516. DB::Exception: u: Authentication failed. (AUTHENTICATION_FAILED)');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const store = await Store.open({ kind: 'server', url, username: 'u', password: 'secret', database: 'd' });
    await assert.rejects(store.query('SELECT 1'), (fault: Error & { code: string }) => {
      assert.equal(fault.code, 'denied');
      assert.ok(!fault.message.includes('secret'));
      return true;
    });
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    await assert.rejects(store.query('SELECT 1'), { code: 'unreachable', retriable: true });
    assert.equal(await store.ping(), false);
    await store.close();
  });

  it('asks once more where a connection breaks, and takes the words of a load balancer for a server that is away', async () => {
    let requests = 0;
    let broken = 1;
    let page = '';
    const server = createServer((request, response) => {
      request.resume();
      requests++;
      if (requests <= broken) request.socket.destroy();
      else response.writeHead(page === '' ? 200 : 503).end(page === '' ? '{"one":1}\n' : page);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const store = await Store.open({ kind: 'server', url, username: 'u', password: '', database: 'd' });
    assert.deepEqual(await store.query('SELECT 1 AS one'), [{ one: 1 }]);
    assert.equal(requests, 2);
    [requests, broken] = [0, 5];
    await assert.rejects(store.query('SELECT 1'), { code: 'unreachable', retriable: true });
    assert.equal(requests, 2);
    [requests, broken, page] = [0, 0, '<html><body>No server is available to handle this request</body></html>'];
    await assert.rejects(store.query('SELECT 1'), { code: 'unreachable', retriable: true });
    await store.close();
    server.closeAllConnections();
    server.close();
  });
});

describe('parseStoreConfig', () => {
  it('fills in what is left out', () => {
    assert.deepEqual(parseStoreConfig({ kind: 'embedded', path: 'data' }), {
      kind: 'embedded',
      path: 'data',
      database: 'tidemark',
    });
    const server = {
      kind: 'server',
      url: 'https://host:8443',
      username: 'default',
      password: '',
      database: 'tidemark',
    };
    assert.deepEqual(parseStoreConfig({ kind: 'server', url: 'https://host:8443' }), server);
  });

  it('tells every fault at once', () => {
    const wrong = {
      kind: 'server',
      url: 'ftp://x',
      database: 'a; DROP',
      username: 5,
      cluster: '`',
      requestTimeout: -1,
    };
    assert.throws(() => parseStoreConfig(wrong), {
      code: 'bad-config',
      message: /(?=.*url)(?=.*database)(?=.*username)(?=.*cluster)(?=.*requestTimeout)/,
    });
    assert.throws(() => parseStoreConfig(null), { code: 'bad-config', message: /kind/ });
    assert.throws(() => parseStoreConfig({ kind: 'embedded' }), { code: 'bad-config', message: /path/ });
  });
});
