import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { KafkaLog, type Displacement, type LogRecord } from '@tidemark/transport';
import kafkajs, { type Admin } from 'kafkajs';
import { startKafka, type RunningKafka } from './kafka.js';

describe('A topic that changes under a running consumer', { timeout: 120_000 }, () => {
  let kafka: RunningKafka;
  let log: KafkaLog;
  let admin: Admin;

  before(async () => {
    kafka = await startKafka();
    log = await KafkaLog.connect({ brokers: kafka.brokers, clientId: 'displacement' });
    admin = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
  });

  after(async () => {
    await admin.disconnect();
    await log.close();
    await kafka.stop();
  });

  async function send(topic: string, values: readonly string[]): Promise<void> {
    const producer = await log.producer();
    await producer.send(values.map((value) => ({ topic, key: null, value: Buffer.from(value) })));
    await producer.close();
  }

  async function consume(topic: string) {
    const records: LogRecord[] = [];
    const displacements: Displacement[] = [];
    const next = { offset: 0 };
    const consumer = await log.consume(
      { topic, group: `${topic}-group`, tickInterval: 100 },
      {
        // As a service whose position is in its state.
        assigned: (partitions) => Promise.resolve(new Map(partitions.map((partition) => [partition, next.offset]))),
        displaced: (displacement) => Promise.resolve(void displacements.push(displacement)),
        records: (_, some) => {
          records.push(...some);
          next.offset = some[some.length - 1].offset + 1;
          return Promise.resolve();
        },
        revoked: () => Promise.resolve(),
        tick: () => Promise.resolve(),
      },
    );
    const until = async (count: number): Promise<void> => {
      const deadline = Date.now() + 40_000;
      while (records.length < count) {
        if (Date.now() > deadline) assert.fail(`Only ${records.length} records came`);
        await Promise.race([consumer.done, new Promise((resolve) => setTimeout(resolve, 50))]);
      }
    };
    return { records, displacements, until, stop: () => consumer.stop() };
  }

  it('is told of, and read from its beginning, where it is made anew at lower offsets', async () => {
    await log.ensureTopics([{ topic: 'anew', partitions: 1 }]);
    await send('anew', ['a', 'b', 'c', 'd', 'e']);
    const reader = await consume('anew');
    await reader.until(5);
    await admin.deleteTopics({ topics: ['anew'] });
    await new Promise((resolve) => setTimeout(resolve, 500));
    // By another process: a client that knew the topic asks for it before it makes it.
    const other = await KafkaLog.connect({ brokers: kafka.brokers, clientId: 'other' });
    await other.ensureTopics([{ topic: 'anew', partitions: 1 }]);
    const producer = await other.producer();
    await producer.send(['v', 'w'].map((value) => ({ topic: 'anew', key: null, value: Buffer.from(value) })));
    await other.close();
    await reader.until(7);
    assert.deepEqual(reader.displacements, [{ partition: 0, position: 5, begin: 0, end: 2 }]);
    assert.deepEqual(
      reader.records.map(({ offset, value }) => [offset, String(value)]),
      [...['a', 'b', 'c', 'd', 'e'].map((value, i) => [i, value]), [0, 'v'], [1, 'w']],
    );
    await send('anew', ['x']);
    await reader.until(8);
    await reader.stop();
  });
});
