import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { KafkaLog, type LogRecord, type TransactionalProducer } from '@tidemark/transport';
import { startKafka, type RunningKafka } from './kafka.js';

const RECORDS = 3000;
const PER_COMMIT = 10;
const GROUP = 'copiers';

describe('A broker that is killed under load', { timeout: 240_000 }, () => {
  let kafka: RunningKafka;
  let log: KafkaLog;

  before(async () => {
    kafka = await startKafka();
    log = await KafkaLog.connect({ brokers: kafka.brokers, clientId: 'restart' });
    await log.ensureTopics([
      { topic: 'input', partitions: 2 },
      { topic: 'output', partitions: 1 },
    ]);
    const producer = await log.producer();
    await producer.send(
      Array.from({ length: RECORDS }, (_, i) => ({
        topic: 'input',
        partition: i % 2,
        key: null,
        value: Buffer.from(String(i)),
      })),
    );
    await producer.close();
  });

  after(async () => {
    await log.close();
    await kafka.stop();
  });

  it('loses no record of a transactional copy and doubles none; the consumer and its producers go on', async () => {
    let copied = 0;
    const producers = new Map<number, TransactionalProducer>();
    const consumer = await log.consume(
      { topic: 'input', group: GROUP, tickInterval: 1000 },
      {
        assigned: async (partitions) => {
          for (const partition of partitions) {
            producers.set(partition, await log.transactionalProducer(`copy-${partition}`));
          }
          return new Map(partitions.map((partition) => [partition, null]));
        },
        records: async (partition, records) => {
          for (let start = 0; start < records.length; start += PER_COMMIT) {
            const some = records.slice(start, start + PER_COMMIT);
            await producers.get(partition)?.commit({
              records: some.map(({ value }) => ({ topic: 'output', key: null, value })),
              consumed: {
                group: GROUP,
                topic: 'input',
                offsets: new Map([[partition, some[some.length - 1].offset + 1]]),
              },
            });
            copied += some.length;
          }
        },
        revoked: async () => {
          for (const producer of producers.values()) await producer.close();
          producers.clear();
        },
        tick: () => Promise.resolve(),
      },
    );
    const copiedAll = (async () => {
      while (copied < RECORDS) await new Promise((resolve) => setTimeout(resolve, 50));
    })();
    for (const moment of [200, 700, 1100]) {
      while (copied < moment) await Promise.race([consumer.done, new Promise((resolve) => setTimeout(resolve, 1))]);
      await kafka.kill();
      await kafka.restart();
    }
    await Promise.race([copiedAll, consumer.done.then(() => assert.fail('The consumer stopped'))]);
    await consumer.stop();
    await consumer.done;

    const found: number[] = [];
    const follower = await log.follow('output', ({ value }: LogRecord) => void found.push(Number(value)));
    await follower.stop();
    assert.deepEqual(
      found.sort((a, b) => a - b),
      [...Array(RECORDS).keys()],
    );
  });
});
