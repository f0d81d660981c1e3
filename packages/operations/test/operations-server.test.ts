import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { OperationsServer, OperationsServerError, ServiceHealth, ServiceMetrics } from '../src/index.js';
import { samplesOf } from './exposition.js';

describe('OperationsServer', () => {
  let now = 0;
  const health = new ServiceHealth(() => now, { stalled: 60_000 });
  const metrics = new ServiceMetrics();
  let server: OperationsServer;
  before(async () => {
    server = await OperationsServer.start({ host: '127.0.0.1', port: 0, health, metrics });
  });
  after(() => server.close());

  const get = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${server.port}${path}`, init);

  it('answers whether the service is ready', async () => {
    const starting = await get('/healthz/ready');
    assert.equal(starting.status, 503);
    assert.equal(((await starting.json()) as { reason: string }).reason, 'starting');
    health.enter('running');
    await health.takingOver([0], () => Promise.resolve());
    const running = await get('/healthz/ready');
    assert.equal(running.status, 200);
    assert.equal(running.headers.get('content-type'), 'application/json');
    assert.equal(running.headers.get('cache-control'), 'no-store');
    health.dependency('registry', false);
    assert.equal((await get('/healthz/ready')).status, 503);
    health.dependency('registry', true);
    assert.equal((await get('/healthz/ready')).status, 200);
  });

  it('answers whether it lives: no longer once the heartbeat has stopped', async () => {
    health.turned();
    assert.equal((await get('/healthz/live')).status, 200);
    now += 60_001;
    const dead = await get('/healthz/live');
    assert.equal(dead.status, 503);
    assert.match(((await dead.json()) as { reason: string }).reason, /without a turn of the loop/);
    health.turned();
    assert.equal((await get('/healthz/live')).status, 200);
  });

  it('says in the metrics, too, whether the service is ready when they are asked for', async () => {
    const ready = async () => samplesOf(await (await get('/metrics')).text()).get('tidemark_ready');
    const { phase } = health;
    health.enter('waiting');
    assert.equal(await ready(), 0);
    health.enter('running');
    assert.equal(await ready(), 1);
    health.enter(phase);
  });

  it('gives metrics as text', async () => {
    metrics.recordsConsumed(3);
    const response = await get('/metrics');
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    assert.equal(samplesOf(await response.text()).get('tidemark_records_consumed_total'), 3);
  });

  it('knows nothing else, and takes nothing in', async () => {
    assert.equal((await get('/')).status, 404);
    assert.equal((await get('/metrics/../../etc/passwd')).status, 404);
    assert.equal((await get('/healthz/live?verbose=1')).status, 200);
    const posted = await get('/metrics', { method: 'POST', body: 'x' });
    assert.equal(posted.status, 405);
    assert.equal(posted.headers.get('allow'), 'GET, HEAD');
    const head = await get('/metrics', { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), '');
  });

  it('refuses a request with more headers than a probe has', async () => {
    const response = await get('/metrics', { headers: { 'x-large': 'x'.repeat(10_000) } });
    assert.equal(response.status, 431);
  });

  it('answers probes on time, however many connections are open and say nothing', async () => {
    const sockets: Socket[] = [];
    const flood = async (count: number, text: string): Promise<void> => {
      const opening = Array.from({ length: count }, () => {
        const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
        sockets.push(socket);
        return new Promise((resolve) => socket.once('connect', () => resolve(socket.write(text))));
      });
      await Promise.all(opening);
    };
    /** As kubelet does: each on a connection of its own, a second at most. */
    const probe = (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const options = { port: server.port, host: '127.0.0.1', path: '/healthz/live', agent: false };
        const asked = request({ ...options, signal: AbortSignal.timeout(1000) }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode));
        });
        asked.on('error', reject).end();
      });
    try {
      health.turned();
      for (const text of [
        'GET /healthz/live HTTP/1.1\r\n',
        'G',
        '',
        'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n',
      ]) {
        await flood(300, text);
        assert.equal(await probe(), 200, JSON.stringify(text));
      }
      const more = flood(300, 'GET');
      for (let n = 0; n < 10; n++) assert.equal(await probe(), 200, 'while they come');
      await more;
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  it('says what to do where the port is taken', async () => {
    await assert.rejects(
      OperationsServer.start({ host: '127.0.0.1', port: server.port, health, metrics }),
      (error: unknown) =>
        error instanceof OperationsServerError &&
        error.code === 'address-in-use' &&
        /TIDEMARK_HTTP_PORT/.test(error.message),
    );
  });

  it('closes though a client stays connected', async () => {
    const other = await OperationsServer.start({ host: '127.0.0.1', port: 0, health, metrics });
    const socket = connect(other.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    await other.close();
    await closed;
  });
});
