import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import type { Log } from '@tidemark/transport';
import { bytes, newGroup, newTopic, read, send, until } from './contract-readers.js';

/** What every log promises of its topics: their settings, and what they hold. */
export function describeTopics(opened: () => Log): void {
  it('makes topics once', async () => {
    const log = opened();
    const topic = await newTopic(log, 5);
    await log.ensureTopics([{ topic, partitions: 2 }]);
    assert.equal(await log.partitionsOf(topic), 5);
  });

  it('says where an existing topic is not as asked', async () => {
    const log = opened();
    const topic = `kept-${randomUUID()}`;
    const settings = { topic, partitions: 1, retention: 86_400_000, maxMessageBytes: 2 << 20 };
    assert.deepEqual(await log.ensureTopics([settings]), []);
    assert.deepEqual(await log.ensureTopics([settings]), []);
    const wanted = { topic, partitions: 6, compacted: true, retention: 3_600_000, maxMessageBytes: 4 << 20 };
    assert.deepEqual(await log.ensureTopics([wanted]), [
      { topic, setting: 'partitions', wanted: 6, found: 1 },
      { topic, setting: 'compacted', wanted: true, found: false },
      { topic, setting: 'retention', wanted: 3_600_000, found: 86_400_000 },
      { topic, setting: 'maxMessageBytes', wanted: 4 << 20, found: 2 << 20 },
    ]);
    const unstated = await newTopic(log, 2);
    assert.deepEqual(await log.ensureTopics([{ topic: unstated, partitions: 2 }]), []);
  });

  it('tells of a position beyond the end of a partition, and reads from its beginning', async () => {
    const log = opened();
    const topic = await newTopic(log, 2);
    const group = newGroup();
    await send(
      log,
      ['a', 'b', 'c'].map((value) => ({ topic, partition: 0, key: null, value: bytes(value) })),
    );
    assert.deepEqual(
      await log.ranges(topic),
      new Map([
        [0, { begin: 0, end: 3 }],
        [1, { begin: 0, end: 0 }],
      ]),
    );
    const given = await read(log, topic, group, { start: (partition) => (partition === 0 ? 500 : 0) });
    await until(() => given.records.length === 3);
    assert.deepEqual(given.displacements, [{ partition: 0, position: 500, begin: 0, end: 3 }]);
    await given.stop();
    const producer = await log.transactionalProducer(randomUUID());
    await producer.commit({ records: [], consumed: { group, topic, offsets: new Map([[1, 7]]) } });
    await producer.close();
    const committed = await read(log, topic, group, { start: (partition) => (partition === 0 ? 3 : null) });
    await until(() => committed.held.size === 2 && committed.position(1) === 0);
    assert.deepEqual(committed.displacements, [{ partition: 1, position: 7, begin: 0, end: 0 }]);
    assert.equal(committed.records.length, 0);
    await committed.stop();
  });
}
