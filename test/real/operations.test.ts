import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { topicsOf } from '@tidemark/contracts';
import { samplesOf } from '@tidemark/operations/test/exposition.js';
import { KafkaLog } from '@tidemark/transport';
import { realParts, type RealParts } from './real-parts.js';

const COMMAND = fileURLToPath(new URL('../../../services/cli/dist/src/main.js', import.meta.url));
const PARTITIONS = 2;
const GOOD = 500;
const BAD = 20;

describe('a sketcher process on a real Kafka', { timeout: 120_000 }, () => {
  const prefix = `ops${randomBytes(4).toString('hex')}-`;
  const topics = topicsOf(prefix);
  const group = `${prefix}tidemark-sketcher`;
  let parts: RealParts;
  let log: KafkaLog;
  let sketcher: ChildProcess;
  let address: string;

  before(async () => {
    parts = await realParts();
    log = await KafkaLog.connect({ brokers: parts.brokers, clientId: 'test' });
    sketcher = spawn(process.execPath, [COMMAND, 'sketcher'], {
      env: {
        ...process.env,
        TIDEMARK_BROKERS: parts.brokers.join(),
        TIDEMARK_REGISTRY_URL: parts.registryUrl,
        TIDEMARK_TOPIC_PREFIX: prefix,
        TIDEMARK_PARTITIONS: String(PARTITIONS),
        TIDEMARK_COMMIT_INTERVAL: '200ms',
        TIDEMARK_HTTP_PORT: '0',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (sketcher.stderr === null) throw new Error('the process has no stderr');
    for await (const line of createInterface({ input: sketcher.stderr })) {
      const { message, host, port } = JSON.parse(line) as { message: string; host: string; port: number };
      if (message !== 'health and metrics are served') continue;
      address = `http://${host}:${port}`;
      break;
    }
    sketcher.stderr.resume();
  });
  after(async () => {
    sketcher.kill('SIGKILL');
    await log.close();
    await parts.release();
  });

  async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!(await condition())) {
      if (Date.now() > deadline) assert.fail(`not within a minute: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  const samples = async () => samplesOf(await (await fetch(`${address}/metrics`)).text());

  test('becomes ready with all partitions and dependencies', async () => {
    await until(async () => (await fetch(`${address}/healthz/ready`)).ok, 'ready');
    const response = await fetch(`${address}/healthz/ready`);
    const { partitions, dependencies } = (await response.json()) as Record<string, unknown>;
    assert.deepEqual(partitions, [0, 1]);
    await until(
      async () => (await samples()).get('tidemark_dependency_up{dependency="registry"}') === 1,
      'the registry',
    );
    assert.ok(Object.values(dependencies as Record<string, boolean>).every((answers) => answers));
    assert.equal((await fetch(`${address}/healthz/live`)).status, 200);
  });

  test('counts what it reads and turns away, down to a lag of none', async () => {
    const producer = await log.producer();
    const eventTime = Date.now();
    const good = Array.from({ length: GOOD }, (_, n) =>
      JSON.stringify({
        event_id: String(n),
        model: 'm',
        version: '1',
        event_time: new Date(eventTime).toISOString(),
        features: { x: n },
      }),
    );
    const bad = Array.from({ length: BAD }, () => 'no event');
    const records = [...good, ...bad].map((value, n) => ({ key: String(n), value: Buffer.from(value) }));
    await producer.send(records.map((record) => ({ topic: topics.events, ...record })));
    await producer.close();
    await until(async () => {
      const found = await samples();
      const lags = [0, 1].map((partition) => found.get(`tidemark_consumer_lag_records{partition="${partition}"}`));
      return found.get('tidemark_records_consumed_total') === GOOD + BAD && lags.every((lag) => lag === 0);
    }, 'all records read');
    await until(
      async () => (await samples()).get('tidemark_dead_letters_total{reason="bad_magic"}') === BAD,
      'dead letters',
    );
    const found = await samples();
    assert.ok((found.get('tidemark_partials_written_total') ?? 0) >= 1);
    assert.ok((found.get('tidemark_commit_duration_seconds_count') ?? 0) >= 2);
    assert.equal(found.get('tidemark_watermark_timestamp_seconds{partition="0"}'), eventTime / 1000);
  });

  test('ends with 0 within ten seconds of SIGTERM, all it read committed and the group left', async () => {
    const exit = once(sketcher, 'exit');
    const toldAt = performance.now();
    sketcher.kill('SIGTERM');
    const [code] = (await exit) as [number | null];
    assert.equal(code, 0);
    assert.ok(performance.now() - toldAt < 10_000, `${performance.now() - toldAt} ms`);
    const [committed, ends] = [await log.committed(group, topics.events), await log.ends(topics.events)];
    assert.deepEqual(committed, ends);
  });
});
