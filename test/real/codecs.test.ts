import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { KafkaLog, type LogRecord } from '@tidemark/transport';
import { LZ4, SNAPPY, WAYS, ZSTD } from '@tidemark/transport/test/kafka/batches.js';
import kafkajs from 'kafkajs';
import { javaParts } from './java-parts.js';
import { startKafka, type RunningKafka } from './kafka.js';
import { pythonWithLibrdkafka, sourceFile } from './python-parts.js';

const { CompressionCodecs, Kafka, logLevel, Partitioners } = kafkajs;
const RECORDS = 500;
const MODES = ['plain', 'idempotent', 'transactional'] as const;
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
const CLIENTS = ['kafkajs', 'java', 'librdkafka'] as const;

const valueOf = (i: number): string => `{"number": ${i}, "text": "${'compressible '.repeat(i % 50)}"}`;

describe('What clients write', { timeout: 300_000 }, () => {
  let kafka: RunningKafka;
  let log: KafkaLog;

  before(async () => {
    kafka = await startKafka();
    log = await KafkaLog.connect({ brokers: kafka.brokers, clientId: 'codecs' });
    const topics = CLIENTS.flatMap((client) =>
      MODES.flatMap((mode) => CODECS.map((codec) => ({ topic: `${client}-${mode}-${codec}`, partitions: 1 }))),
    );
    await log.ensureTopics([...topics, { topic: 'damaged', partitions: 1 }]);
  });

  after(async () => {
    await log.close();
    await kafka.stop();
  });

  async function read(topic: string): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    const follower = await log.follow(topic, (record) => void records.push(record));
    await follower.stop();
    return records;
  }

  /** The codecs of a topic's data batches, as they lie in its log. */
  function codecsOf(topic: string): Set<number> {
    const bytes = readFileSync(logFile(kafka, topic));
    const codecs = new Set<number>();
    for (let at = 0; at + 61 <= bytes.length && bytes.readInt32BE(at + 8) > 0; at += 12 + bytes.readInt32BE(at + 8)) {
      const attributes = bytes.readInt16BE(at + 21);
      if ((attributes & 0x20) === 0) codecs.add(attributes & 7);
    }
    return codecs;
  }

  const writers = { kafkajs: writeWithKafkajs, java: writeWithJava, librdkafka: writeWithLibrdkafka };
  for (const client of CLIENTS) {
    it(`is read whole: ${client}, every codec, plain, idempotent and transactional`, async () => {
      await writers[client](kafka.brokers[0]);
      for (const mode of MODES) {
        for (const [number, codec] of CODECS.entries()) {
          const topic = `${client}-${mode}-${codec}`;
          const records = await read(topic);
          assert.deepEqual(
            records.map(({ key, value, refused }) => [String(key), String(value), refused]),
            Array.from({ length: RECORDS }, (_, i) => [`key-${i}`, valueOf(i), undefined]),
            topic,
          );
          // A client leaves a batch as it is that its codec would make no smaller.
          const codecs = codecsOf(topic);
          assert.ok(codecs.has(number), `${topic} is compressed so`);
          codecs.delete(0);
          assert.deepEqual(codecs, new Set(number === 0 ? [] : [number]), `${topic} is compressed in no other way`);
        }
      }
    });
  }

  it('is refused where the disk has damaged it, with its offsets, and a consumer reads on', async () => {
    const producer = await log.producer();
    const send = (values: readonly string[]) =>
      producer.send(values.map((value) => ({ topic: 'damaged', key: null, value: Buffer.from(value) })));
    await send(['first']);
    await send(['second', 'third']);
    await send(['fourth']);
    const file = logFile(kafka, 'damaged');
    const handle = openSync(file, 'r+');
    writeSync(handle, 'X', readFileSync(file).indexOf('third'));
    closeSync(handle);
    const records: LogRecord[] = [];
    const consumer = await log.consume(
      { topic: 'damaged', group: 'damaged', tickInterval: 100 },
      {
        assigned: () => Promise.resolve(new Map()),
        records: (_, some) => Promise.resolve(void records.push(...some)),
        revoked: () => Promise.resolve(),
        tick: () => Promise.resolve(),
      },
    );
    const ended = consumer.done.then(() => assert.fail('The consumer stopped'));
    const waited = (async () => {
      while (records.length < 4) await new Promise((resolve) => setTimeout(resolve, 50));
      await send(['fifth']);
      while (records.length < 5) await new Promise((resolve) => setTimeout(resolve, 50));
    })();
    await Promise.race([waited, ended]);
    await consumer.stop();
    await producer.close();
    assert.deepEqual(
      records.map(({ offset, value, refused }) => [offset, String(value), refused !== undefined]),
      [
        [0, 'first', false],
        [1, '', true],
        [2, '', true],
        [3, 'fourth', false],
        [4, 'fifth', false],
      ],
    );
    assert.match(records[1].refused ?? '', /damaged/);
  });
});

function logFile({ data }: RunningKafka, topic: string): string {
  return join(data, `${topic}-0`, '00000000000000000000.log');
}

async function writeWithKafkajs(broker: string): Promise<void> {
  // The client comes with gzip; others give it these.
  for (const codec of [SNAPPY, LZ4, ZSTD]) {
    const [, , compress] = WAYS.find(([, number]) => number === codec)!;
    CompressionCodecs[codec as 2 | 3 | 4] = () => ({
      compress: ({ buffer }: { readonly buffer: Buffer }) => Promise.resolve(compress(buffer)),
      decompress: () => assert.fail('The client is not to inflate anything itself'),
    });
  }
  const client = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
  for (const mode of MODES) {
    for (const [compression, codec] of CODECS.entries()) {
      const topic = `kafkajs-${mode}-${codec}`;
      const transactional = mode === 'transactional' ? { transactionalId: topic, maxInFlightRequests: 1 } : {};
      const createPartitioner = Partitioners.DefaultPartitioner;
      const producer = client.producer({ idempotent: mode !== 'plain', createPartitioner, ...transactional });
      await producer.connect();
      const messages = Array.from({ length: RECORDS }, (_, i) => ({ key: `key-${i}`, value: valueOf(i) }));
      if (mode === 'transactional') {
        const aborted = await producer.transaction();
        await aborted.send({ topic, compression, messages: [{ key: 'key', value: 'aborted' }] });
        await aborted.abort();
        const transaction = await producer.transaction();
        await transaction.send({ topic, compression, messages });
        await transaction.commit();
      } else await producer.send({ topic, compression, messages });
      await producer.disconnect();
    }
  }
}

async function writeWithJava(broker: string): Promise<void> {
  const { kafka } = await javaParts();
  const commandLine = ['-cp', join(kafka, '*'), sourceFile('ProduceEveryWay.java'), broker, String(RECORDS)];
  try {
    await promisify(execFile)('java', commandLine, { timeout: 120_000 });
  } catch (error) {
    const hint = 'A program in one file needs a JDK: on Debian or Ubuntu, apt-get install default-jdk-headless.';
    throw new Error(`Java's producer could not be run. ${hint}`, { cause: error });
  }
}

async function writeWithLibrdkafka(broker: string): Promise<void> {
  const python = await pythonWithLibrdkafka();
  await promisify(execFile)(python, [sourceFile('produce_every_way.py'), broker, String(RECORDS)], {
    timeout: 120_000,
  });
}
