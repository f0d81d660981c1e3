import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createGzip } from 'node:zlib';
import kafkajs from 'kafkajs';
import { ConfluentRegistry, RecordReader, topicsOf } from '@tidemark/contracts';
import { KafkaLog } from '@tidemark/transport';
import { command, eventually, ServiceProcess } from './command.js';
import { realParts, type RealParts } from './real-parts.js';

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;
const topics = topicsOf(`t${randomBytes(4).toString('hex')}-`);
const prefix = topics.events.replace('inference-events', '');
const GIBIBYTE = 1 << 30;

const eventOf = (id: string, fields = '') =>
  Buffer.from(
    `{"event_id":"${id}","model":"m","version":"1","event_time":${Date.UTC(2026, 0, 1)},"features":{"x":1}${fields}}`,
  );

describe('Dead letters on a real Kafka', { timeout: 240_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-letters-'));
  let parts: RealParts;
  let log: KafkaLog;
  let variables: Record<string, string>;
  let sketcher: ServiceProcess;

  before(async () => {
    parts = await realParts();
    variables = {
      TIDEMARK_BROKERS: parts.brokers.join(','),
      TIDEMARK_REGISTRY_URL: parts.registryUrl,
      TIDEMARK_TOPIC_PREFIX: prefix,
      TIDEMARK_PARTITIONS: '1',
      TIDEMARK_COMMIT_INTERVAL: '200ms',
      TIDEMARK_HTTP_PORT: 'off',
    };
    log = await KafkaLog.connect({ brokers: parts.brokers, clientId: 'test' });
    sketcher = new ServiceProcess('sketcher', variables);
    await eventually(
      'the sketcher',
      () => sketcher.lines.find(({ message }) => message === 'sketcher started') ?? null,
    );
  });
  after(async () => {
    await sketcher.stop();
    await log.close();
    await parts.release();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Until the sketchers have counted so many events, over all partials. */
  function counted(events: number): Promise<number> {
    return eventually(`${events} events`, async () => {
      const reader = new RecordReader(new ConfluentRegistry({ url: parts.registryUrl }));
      let sum = 0;
      const follower = await log.follow(topics.partials, async ({ value }) => {
        const read = await reader.read(value, Date.now());
        if (read.ok && read.name === 'SketchPartial' && read.record.pane.segment.dimension === '')
          sum += read.record.events;
      });
      await follower.stop();
      return sum >= events ? sum : null;
    });
  }

  async function letters(...options: string[]): Promise<Record<string, unknown>[]> {
    const { code, stdout, stderr } = await command(['dead-letters', 'list', '--json', ...options], variables);
    assert.equal(code, 0, stderr);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  test('one is listed, shown, mended, sent again and counted, once', async () => {
    const producer = await log.producer();
    const cut = eventOf('cut').subarray(0, 60);
    await producer.send([
      { topic: topics.events, key: 'good', value: eventOf('good') },
      { topic: topics.events, key: 'bad', value: cut },
    ]);
    await producer.close();
    const [letter] = await eventually('the letter', async () => {
      const found = await letters();
      return found.length > 0 ? found : null;
    });
    assert.equal(letter.reason, 'invalid_json');
    assert.equal(letter.topic, topics.events);
    const place = String(letter.letter);

    const shown = await command(['dead-letters', 'show', place], variables);
    assert.match(shown.stdout, /key +"bad"[^]*Text that is not JSON/);

    const file = join(folder, 'mended.json');
    writeFileSync(file, eventOf('mended'));
    const dry = await command(['dead-letters', 'replay', place, '--file', file], variables);
    assert.deepEqual([dry.code, await counted(1)], [2, 1], 'nothing was sent');
    const sent = await command(['dead-letters', 'replay', place, '--file', file, '--yes'], variables);
    assert.equal(sent.code, 0, sent.stderr);
    assert.match(sent.stdout, /Sent 1 letter to/);
    assert.equal(await counted(2), 2);
    const again = await command(['dead-letters', 'replay', '--all', '--yes'], variables);
    assert.match(again.stderr, /it was sent again before/);
    assert.equal((await letters())[0].sent_again, true);
    assert.equal(await counted(2), 2);
  });

  test('a batch that inflates to a gibibyte ends as one, in bounded memory, and reading goes on after it', async () => {
    const bomb = await bombOf(GIBIBYTE);
    assert.ok(bomb.length < GIBIBYTE / 500);
    const kafka = new Kafka({ brokers: [...parts.brokers], clientId: 'hostile', logLevel: logLevel.NOTHING });
    const before = CompressionCodecs[CompressionTypes.GZIP];
    CompressionCodecs[CompressionTypes.GZIP] = () => ({ compress: () => Promise.resolve(bomb) });
    const hostile = kafka.producer();
    try {
      await hostile.connect();
      await hostile.send({
        topic: topics.events,
        compression: CompressionTypes.GZIP,
        messages: [{ partition: 0, value: 'stands for the bomb' }],
      });
    } finally {
      await hostile.disconnect();
      CompressionCodecs[CompressionTypes.GZIP] = before;
    }
    const producer = await log.producer();
    await producer.send([{ topic: topics.events, key: 'after', value: eventOf('after') }]);
    await producer.close();

    assert.equal(await counted(3), 3, 'the event after the bomb');
    const [letter] = await letters('--reason', 'too_large');
    assert.match(String(letter.detail), /^in a gzip batch of \d+ bytes that inflates to more than 67108864$/);
    assert.ok(
      sketcher.lines.some(({ level, reason }) => level === 'warn' && reason === 'too_large'),
      'it is logged',
    );
    assert.ok(sketcher.peakBytes < 600 << 20, `${sketcher.peakBytes >> 20} MiB at most`);
    const left = await command(['dead-letters', 'replay', String(letter.letter), '--yes'], variables);
    assert.match(left.stderr, /no bytes of it were kept/);
  });
});

/** The records of a batch, compressed: one record of zeros. */
async function bombOf(valueBytes: number): Promise<Buffer> {
  const length = varint(valueBytes);
  const head = Buffer.concat([Buffer.of(0, 0, 0, 1), length]);
  const gzip = createGzip();
  const chunks: Buffer[] = [];
  gzip.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve, reject) => gzip.on('end', resolve).on('error', reject));
  gzip.write(Buffer.concat([varint(head.length + valueBytes + 1), head]));
  const zeros = Buffer.alloc(1 << 20);
  for (let left = valueBytes; left > 0; left -= zeros.length) {
    if (!gzip.write(zeros)) await new Promise((resolve) => gzip.once('drain', resolve));
  }
  gzip.end(Buffer.of(0));
  await ended;
  return Buffer.concat(chunks);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value * 2;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}
