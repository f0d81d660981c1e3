import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import kafkajs from 'kafkajs';
import { KafkaLog, type Consumer, type ConsumerHandler } from '@tidemark/transport';
import { startKafka, type RunningKafka } from './kafka.js';

/** Milliseconds after the broker's death. The client notices, gives up and begins anew at moments of its own, so some are tried. */
const STOPS = [500, 4000, 8000, 12_000];
/** Milliseconds in which a client that still tries comes back, and joins. */
const A_WHILE = 12_000;

const handler: ConsumerHandler = {
  assigned: (partitions) => Promise.resolve(new Map(partitions.map((partition) => [partition, null]))),
  records: () => Promise.resolve(),
  revoked: () => Promise.resolve(),
  tick: () => Promise.resolve(),
};

describe('A consumer that is stopped while its broker is away', { timeout: 240_000 }, () => {
  let kafka: RunningKafka;
  let log: KafkaLog;

  before(async () => {
    kafka = await startKafka();
    log = await KafkaLog.connect({ brokers: kafka.brokers, clientId: 'leaving' });
    await log.ensureTopics([{ topic: 'input', partitions: 1 }]);
  });

  after(async () => {
    await log.close();
    await kafka.stop();
  });

  it('stays out of its group, where it would hold partitions that nobody reads', async () => {
    const groupOf = (stop: number): string => `readers-${stop}`;
    const consumers = new Map<number, Consumer>();
    for (const stop of STOPS) {
      consumers.set(stop, await log.consume({ topic: 'input', group: groupOf(stop), tickInterval: 1000 }, handler));
    }
    await kafka.kill();
    await Promise.all(
      [...consumers].map(async ([stop, consumer]) => {
        await new Promise((resolve) => setTimeout(resolve, stop));
        await consumer.stop();
      }),
    );
    await kafka.restart();
    await new Promise((resolve) => setTimeout(resolve, A_WHILE));
    const client = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING });
    const admin = client.admin();
    await admin.connect();
    try {
      const { groups } = await admin.describeGroups(STOPS.map(groupOf));
      const members = new Map(groups.map((group) => [group.groupId, group.members.length]));
      assert.deepEqual(members, new Map(groups.map(({ groupId }) => [groupId, 0])));
      assert.equal(members.size, STOPS.length);
    } finally {
      await admin.disconnect();
    }
  });
});
