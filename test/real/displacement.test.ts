import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startService, type OffsetOutOfRange, type PartitionTask, type SavedPosition } from '@tidemark/runtime';
import { KafkaLog, type Displacement, type LogRecord, type TransactionalProducer } from '@tidemark/transport';
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

  for (const what of ['has a state of its own', 'goes by what its group has committed'] as const) {
    it(`is told of to a service that ${what}, and read from its beginning, where it is made anew and has grown past the position`, async () => {
      const ownState = what === 'has a state of its own';
      const topic = ownState ? 'grown' : 'grown-committed';
      const group = `${topic}-group`;
      await log.ensureTopics([{ topic, partitions: 1 }]);
      await send(topic, ['a', 'b', 'c']);
      const read: [number, string][] = [];
      const state: { saved: SavedPosition | null } = { saved: null };
      const told: OffsetOutOfRange[] = [];
      const open = (_: number, producer: TransactionalProducer, topicId: string | null): PartitionTask => {
        let [next, of] = [0, topicId];
        return {
          ...(ownState ? { restore: () => Promise.resolve(state.saved) } : {}),
          continueFrom: (_offset, anew) => (of = anew),
          take: (records) => {
            for (const { offset, value } of records) read.push([offset, String(value)]);
            next = records[records.length - 1].offset + 1;
            return Promise.resolve(records.length);
          },
          get due() {
            return next > 0;
          },
          commit: async () => {
            if (next === 0) return;
            await producer.commit({ records: [], consumed: { group, topic, offsets: new Map([[0, next]]) } });
            if (ownState) state.saved = { readFrom: next, position: next, topicId: of };
            next = 0;
          },
          close: () => Promise.resolve(),
        };
      };
      const service = await startService({
        ...{ name: 'reader', log, followed: [], onOffsetOutOfRange: (report) => told.push(report) },
        open: () => Promise.resolve([{ topic, group, tickInterval: 100, open }]),
      });
      const until = async (count: number): Promise<void> => {
        const deadline = Date.now() + 40_000;
        while (read.length < count) {
          if (Date.now() > deadline) assert.fail(`Only ${read.length} records came`);
          await Promise.race([service.done, new Promise((resolve) => setTimeout(resolve, 50))]);
        }
      };
      await until(3);
      await admin.deleteTopics({ topics: [topic] });
      await new Promise((resolve) => setTimeout(resolve, 500));
      const values = ['v', 'w', 'x', 'y', 'z'];
      await log.ensureTopics([{ topic, partitions: 1 }]);
      await send(topic, values);
      await until(8);
      assert.deepEqual(
        read.slice(3),
        values.map((value, offset) => [offset, value]),
      );
      // A group's offsets are gone with the topic: where nothing else was kept there is nothing to tell.
      const [report] = told;
      if (ownState || report !== undefined) {
        const { position, continuedAt, isOfAnotherTopic } = report;
        assert.deepEqual([told.length, position, continuedAt, isOfAnotherTopic], [1, 3, 0, true]);
      }
      await service.stop();
    });
  }

  it('is told by its id, which the commits of a group are noted with until somebody moves them', async () => {
    const topic = 'noted';
    await log.ensureTopics([{ topic, partitions: 1 }]);
    const first = await log.topicId(topic);
    assert.match(String(first), /^[\w-]{22}$/);
    await send(topic, ['a', 'b', 'c']);
    const reader = await consume(topic);
    await reader.until(3);
    const writer = await log.transactionalProducer('noted-0');
    await writer.commit({ records: [], consumed: { group: `${topic}-group`, topic, offsets: new Map([[0, 3]]) } });
    const deadline = Date.now() + 10_000;
    while ((await log.committed(`${topic}-group`, topic)).size === 0 && Date.now() < deadline);
    assert.deepEqual(await log.committedFor(`${topic}-group`, topic), new Map([[0, first]]));
    await reader.stop();
    await writer.close();
    await admin.setOffsets({ groupId: `${topic}-group`, topic, partitions: [{ partition: 0, offset: '3' }] });
    assert.deepEqual(await log.committedFor(`${topic}-group`, topic), new Map());
    await admin.deleteTopics({ topics: [topic] });
    await new Promise((resolve) => setTimeout(resolve, 500));
    // A log that knew the topic before can make it anew.
    await log.ensureTopics([{ topic, partitions: 1 }]);
    assert.notEqual(await log.topicId(topic), first);
  });
});
