import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Kafka } from 'kafkajs';
import type { PartitionAssigner } from 'kafkajs';
import { GroupPresence } from '../../src/kafka/group-presence.js';
import { KafkaConsumer } from '../../src/kafka/kafka-consumer.js';
import type { KafkaOffsets } from '../../src/kafka/kafka-offsets.js';

const PATIENCE = 6000;

describe('GroupPresence', () => {
  let now = 0;
  const presence = new GroupPresence(PATIENCE, () => now);

  it('is outside until it has joined, and again from where it goes to join anew', () => {
    now = 2000;
    assert.equal(presence.outsideFor, 2000);
    presence.joined();
    assert.equal(presence.outsideFor, 0);
    now = 5000;
    presence.left();
    now = 6000;
    presence.left();
    assert.equal(presence.outsideFor, 1000, 'since it left first');
    presence.joined();
    assert.equal(presence.outsideFor, 0);
  });

  it('is outside once no heartbeat was answered for as long as brokers wait', () => {
    now = 10_000;
    presence.heartbeatAnswered();
    now = 16_000;
    assert.equal(presence.outsideFor, 0);
    now = 20_000;
    assert.equal(presence.outsideFor, 4000);
    presence.left();
    assert.equal(presence.outsideFor, 4000);
  });
});

/** A client that does nothing but what the test makes of it. */
function fakeKafka() {
  const listeners = new Map<string, (event: object) => void>();
  let assigner: PartitionAssigner | undefined;
  const names = ['GROUP_JOIN', 'START_BATCH_PROCESS', 'CRASH', 'HEARTBEAT'];
  const client = {
    events: Object.fromEntries(names.map((name) => [name, name])),
    on: (name: string, listener: (event: object) => void) => void listeners.set(name, listener),
    connect: () => Promise.resolve(),
    subscribe: () => Promise.resolve(),
    run: () => Promise.resolve(),
    pause: () => undefined,
    disconnect: () => Promise.resolve(),
  };
  const kafka = {
    consumer: ({ partitionAssigners }: { partitionAssigners: PartitionAssigner[] }) => {
      [assigner] = partitionAssigners;
      return client;
    },
  } as unknown as Kafka;
  return {
    kafka,
    emit: (name: string, payload: object) => listeners.get(name)?.({ payload }),
    /** What the client asks just before it joins. */
    aboutToJoin: () => assigner?.({ cluster: {} } as never).protocol({ topics: ['t'] }),
  };
}

describe('KafkaConsumer', () => {
  it('is outside its group where its client runs without having joined, was thrown out or crashed; not as a standby', async () => {
    const { kafka, emit, aboutToJoin } = fakeKafka();
    const handler = {
      assigned: () => Promise.resolve(new Map()),
      records: () => Promise.resolve(),
      revoked: () => Promise.resolve(),
      tick: () => Promise.resolve(),
    };
    const settings = { topic: 't', group: 'g', tickInterval: 1000 };
    const consumer = await KafkaConsumer.start(kafka, {} as KafkaOffsets, settings, handler);
    const passing = () => new Promise((resolve) => setTimeout(resolve, 5));
    const asStandby = { memberId: 'm', memberAssignment: {} };
    await passing();
    assert.ok(consumer.outsideFor > 0, 'the client runs, and has not joined');
    emit('GROUP_JOIN', asStandby);
    await passing();
    assert.equal(consumer.outsideFor, 0, 'a standby is a member');
    aboutToJoin();
    await passing();
    assert.ok(consumer.outsideFor > 0, 'thrown out, it joins anew');
    emit('GROUP_JOIN', asStandby);
    emit('CRASH', { restart: true, error: new Error('no coordinator') });
    await passing();
    assert.ok(consumer.outsideFor > 0, 'the client ended and starts anew');
    emit('GROUP_JOIN', asStandby);
    emit('HEARTBEAT', {});
    await passing();
    assert.equal(consumer.outsideFor, 0);
    await consumer.stop();
  });
});
