import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FOLDER } from './command.js';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));
const running = new Set<ChildProcess>();
after(() => running.forEach((child) => child.kill('SIGKILL')));

/** A broker that takes connections and says nothing: starting on it lasts until the client's patience ends. */
const mute = createServer();
after(() => void mute.close());

interface Started {
  readonly child: ChildProcess;
  readonly lines: Record<string, unknown>[];
  /** The first line with a message, once it has come. */
  readonly line: (message: string) => Promise<Record<string, unknown>>;
  readonly ended: Promise<number | null>;
}

async function start(service: 'sketcher' | 'detector', port: number): Promise<Started> {
  if (!mute.listening) await once(mute.listen(0, '127.0.0.1'), 'listening');
  const broker = `127.0.0.1:${(mute.address() as AddressInfo).port}`;
  const inherited = Object.entries(process.env).filter(([name]) => !/^(TIDEMARK_|NODE_)/.test(name));
  const child = spawn(process.execPath, [MAIN, service], {
    cwd: FOLDER,
    env: {
      ...Object.fromEntries(inherited),
      TIDEMARK_BROKERS: broker,
      TIDEMARK_REGISTRY_URL: 'http://127.0.0.1:9',
      TIDEMARK_CLICKHOUSE_URL: 'http://127.0.0.1:9',
      TIDEMARK_HTTP_PORT: String(port),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child);
  const lines: Record<string, unknown>[] = [];
  const reader = createInterface({ input: child.stderr });
  reader.on('line', (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  const ended = once(child, 'exit').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  const line = async (message: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const found = lines.find((each) => each.message === message);
      if (found !== undefined) return found;
      if (child.exitCode !== null) assert.fail(`ended without saying "${message}": ${JSON.stringify(lines)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { child, lines, line, ended };
}

describe('a service as a process', { timeout: 60_000 }, () => {
  it('lives without being ready while Kafka does not answer; ends with 0 within ten seconds of SIGTERM', async () => {
    const { child, line, ended } = await start('sketcher', 0);
    const { host, port } = await line('health and metrics are served');
    assert.equal(host, '127.0.0.1');
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${Number(port)}${path}`)).status;
    assert.deepEqual(
      [await status('/healthz/live'), await status('/healthz/ready'), await status('/metrics')],
      [200, 503, 200],
    );
    const toldAt = performance.now();
    child.kill('SIGTERM');
    await line('sketcher stopping');
    assert.equal(await status('/healthz/live'), 200);
    assert.equal(await ended, 0);
    assert.ok(performance.now() - toldAt < 10_000, `${performance.now() - toldAt} ms`);
  });

  it('names the dependencies that are away while it waits for them, and since when; their metric is 0', async () => {
    const { child, line, ended } = await start('detector', 0);
    const { port } = await line('health and metrics are served');
    const answer = async (path: string) => (await fetch(`http://127.0.0.1:${Number(port)}${path}`)).text();
    const all = ['clickhouse', 'kafka', 'registry'];
    const deadline = performance.now() + 30_000;
    for (;;) {
      const verdict = JSON.parse(await answer('/healthz/ready')) as {
        readonly reason: string;
        readonly dependencies: Record<string, boolean>;
        readonly secondsAway?: Record<string, number>;
      };
      const away = Object.keys(verdict.secondsAway ?? {}).sort();
      if (away.length === all.length) {
        assert.deepEqual(away, all);
        assert.deepEqual(Object.values(verdict.dependencies), [false, false, false]);
        assert.match(verdict.reason, /^(starting|waiting): no answer from \w+, \w+, \w+$/);
        break;
      }
      assert.ok(performance.now() < deadline, JSON.stringify(verdict));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const metrics = await answer('/metrics');
    for (const name of all)
      assert.match(metrics, new RegExp(`^tidemark_dependency_up\\{dependency="${name}"\\} 0$`, 'm'));
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
  });

  it('ends at once with 1 at a second SIGTERM', async () => {
    const { child, line, ended } = await start('sketcher', 0);
    await line('health and metrics are served');
    child.kill('SIGTERM');
    await line('sketcher stopping');
    const toldAt = performance.now();
    child.kill('SIGTERM');
    assert.equal(await ended, 1);
    assert.ok(performance.now() - toldAt < 1000);
  });

  it('lives on while ClickHouse refuses, and tries again', async () => {
    const { child, lines, line, ended } = await start('detector', 0);
    const { port } = await line('health and metrics are served');
    await line('detector stopped, starting again');
    const text = await (await fetch(`http://127.0.0.1:${Number(port)}/metrics`)).text();
    assert.match(text, /^tidemark_loop_restarts_total [1-9]/m);
    assert.equal((await fetch(`http://127.0.0.1:${Number(port)}/healthz/live`)).status, 200);
    const { error } = lines.find(({ message }) => message === 'detector stopped, starting again') ?? {};
    assert.equal((error as { code?: string }).code, 'unreachable');
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
  });

  it('says so where its port is taken', async () => {
    const { port } = await new Promise<AddressInfo>((resolve) => {
      const taken = createServer().listen(0, '127.0.0.1', () => resolve(taken.address() as AddressInfo));
      after(() => void taken.close());
    });
    const { lines, ended } = await start('sketcher', port);
    assert.equal(await ended, 1);
    assert.match(JSON.stringify(lines), /port is taken.*TIDEMARK_HTTP_PORT/);
  });
});
