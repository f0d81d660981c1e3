import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Admin } from 'kafkajs';
import { ensureTopics } from '../../src/kafka/kafka-topics.js';
import { TransportError } from '../../src/transport-error.js';

/** What a broker says of a topic that it has not heard of yet. */
const unknown = () =>
  Object.assign(new Error('This server does not host this topic-partition'), {
    name: 'KafkaJSProtocolError',
    type: 'UNKNOWN_TOPIC_OR_PARTITION',
    retriable: true,
  });

/** A cluster whose answers fail where, and as often as, the test says. */
function cluster(failures: { create?: Error[]; metadata?: Error[] }) {
  const partitions = new Map<string, number>();
  const made: string[][] = [];
  const admin = {
    listTopics: () => Promise.resolve([...partitions.keys()]),
    createTopics: ({ topics }: { topics: { topic: string; numPartitions: number }[] }) => {
      made.push(topics.map(({ topic }) => topic));
      for (const { topic, numPartitions } of topics) partitions.set(topic, numPartitions);
      const failure = failures.create?.shift();
      return failure === undefined ? Promise.resolve(true) : Promise.reject(failure);
    },
    fetchTopicMetadata: ({ topics }: { topics: string[] }) => {
      const failure = failures.metadata?.shift();
      if (failure !== undefined) return Promise.reject(failure);
      const found = topics.map((name) => ({ name, partitions: new Array(partitions.get(name) ?? 0) }));
      return Promise.resolve({ topics: found });
    },
    describeConfigs: () => Promise.reject(new Error('not allowed')),
  };
  return { admin: admin as unknown as Admin, made };
}

describe('ensureTopics', () => {
  it('asks again where a busy broker does not yet know the topics that were made, and makes none twice', async () => {
    const { admin, made } = cluster({ create: [unknown()], metadata: [unknown(), unknown()] });
    assert.deepEqual(await ensureTopics((question) => question(admin), [{ topic: 'input', partitions: 2 }]), []);
    assert.deepEqual(made, [['input']]);
    assert.deepEqual(await ensureTopics((question) => question(admin), [{ topic: 'input', partitions: 3 }]), [
      { topic: 'input', setting: 'partitions', wanted: 3, found: 2 },
    ]);
  });

  it('fails in a way that may be tried again where that lasts', async () => {
    const { admin } = cluster({ metadata: Array.from({ length: 100 }, unknown), create: [unknown()] });
    await assert.rejects(
      ensureTopics((question) => question(admin), [{ topic: 'input', partitions: 2 }], 200),
      (error) => error instanceof TransportError && error.retriable && /does not host this/.test(error.message),
    );
  });

  it('fails at once where it was refused', async () => {
    const denied = Object.assign(new Error('not authorized'), { type: 'TOPIC_AUTHORIZATION_FAILED' });
    const { admin, made } = cluster({ create: [denied, denied] });
    await assert.rejects(
      ensureTopics((question) => question(admin), [{ topic: 'input', partitions: 2 }]),
      { code: 'denied' },
    );
    assert.equal(made.length, 1);
  });
});
