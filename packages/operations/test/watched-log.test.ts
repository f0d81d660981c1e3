import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { MemoryLog, TransportError, type Consumer, type ConsumerHandler, type Follower } from '@tidemark/transport';
import { ServiceHealth, ServiceMetrics, WatchedLog } from '../src/index.js';
import { samplesOf } from './exposition.js';

const TOPIC = 'events';
const IDLE: ConsumerHandler = {
  assigned: (partitions) => Promise.resolve(new Map(partitions.map((each) => [each, null]))),
  records: () => Promise.resolve(),
  revoked: () => Promise.resolve(),
  tick: () => Promise.resolve(),
};

describe('WatchedLog', () => {
  let memory: MemoryLog;
  let now: number;
  let health: ServiceHealth;
  let metrics: ServiceMetrics;
  let log: WatchedLog;

  beforeEach(async () => {
    now = 0;
    memory = new MemoryLog();
    health = new ServiceHealth(() => now, { stalled: 1000 });
    metrics = new ServiceMetrics();
    log = new WatchedLog(memory, health, metrics);
    await log.ensureTopics([{ topic: TOPIC, partitions: 2 }]);
    health.enter('running');
  });
  afterEach(() => log.close());

  const sample = async (name: string) => samplesOf(await metrics.text()).get(`tidemark_${name}`);
  const consume = (handler: Partial<ConsumerHandler>) =>
    log.consume({ topic: TOPIC, group: 'g', tickInterval: 5 }, { ...IDLE, ...handler });
  const publish = async (count: number, partition: number) => {
    const producer = await log.producer();
    await producer.send(Array.from({ length: count }, () => ({ topic: TOPIC, partition, key: null, value: null })));
  };
  const until = async (condition: () => boolean | Promise<boolean>) => {
    const deadline = Date.now() + 5000;
    while (!(await condition())) {
      if (Date.now() > deadline) assert.fail('not so within 5 s');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };

  it('is not ready while a consumer or a follower is in no group, and forgets those that have stopped', async () => {
    const outside = { outsideFor: 0 };
    const watched = (reader: Consumer | Follower) =>
      Object.defineProperty(reader, 'outsideFor', { get: () => outside.outsideFor });
    const consumed = memory.consume.bind(memory);
    const followed = memory.follow.bind(memory);
    memory.consume = async (...given) => watched(await consumed(...given)) as Consumer;
    const consumer = await consume({});
    await until(() => health.partitions.length === 2);
    assert.equal(health.ready().ok, true);
    outside.outsideFor = 1000;
    assert.deepEqual(health.ready().secondsOutsideGroup, { [TOPIC]: 1 });
    assert.equal(health.ready().ok, false);
    await consumer.stop();
    await until(() => health.ready().ok);
    memory.follow = async (...given) => watched(await followed(...given)) as Follower;
    const follower = await log.follow(TOPIC, () => undefined);
    assert.equal(health.ready().ok, false);
    await follower.stop();
    await until(() => health.ready().ok);
  });

  it('tells of every partition whether it is held: of one that nobody holds, and of all once the service failed, that it is not', async () => {
    const held = async () => [
      await sample(`partition_held{topic="${TOPIC}",partition="0"}`),
      await sample(`partition_held{topic="${TOPIC}",partition="1"}`),
    ];
    await log.measureLag(TOPIC);
    assert.deepEqual(await held(), [0, 0], 'nobody reads');
    const first = await consume({});
    await until(() => health.partitions.length === 2);
    await log.measureLag(TOPIC);
    assert.deepEqual(await held(), [1, 1]);
    const elsewhere = await memory.consume({ topic: TOPIC, group: 'g', tickInterval: 5 }, IDLE);
    await until(() => health.partitions.length === 1);
    await log.measureLag(TOPIC);
    assert.deepEqual((await held()).sort(), [0, 1], 'another instance has one');
    metrics.forgetAll();
    assert.deepEqual(await held(), [0, 0]);
    await first.stop();
    await elsewhere.stop();
  });

  it('counts records, takeovers and what is left to read', async () => {
    await publish(10, 0);
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    await consume({ records: () => gate });
    await until(() => health.partitions.length === 2);
    await log.measureLag(TOPIC);
    assert.equal(await sample('consumer_lag_records{partition="0"}'), 10);
    assert.equal(await sample('consumer_lag_records{partition="1"}'), 0);
    assert.equal(await sample('records_consumed_total'), 0);
    open();
    await until(async () => (await sample('records_consumed_total')) === 10);
    await publish(3, 1);
    await until(async () => (await sample('records_consumed_total')) === 13);
    await log.measureLag(TOPIC);
    assert.equal(await sample('consumer_lag_records{partition="0"}'), 0);
    assert.equal(await sample('rebalances_total'), 1);
  });

  it('knows whose partitions are, across a rebalance', async () => {
    const first = await consume({});
    await until(() => health.partitions.length === 2);
    const other = await memory.consume({ topic: TOPIC, group: 'g', tickInterval: 5 }, IDLE);
    await until(() => health.partitions.length === 1);
    await other.stop();
    await until(() => health.partitions.length === 2);
    assert.equal(await sample('rebalances_total'), 3);
    await first.stop();
    assert.deepEqual(health.partitions, []);
    assert.equal(await sample('consumer_lag_records{partition="0"}'), undefined);
  });

  it('is not ready before partitions are taken over', async () => {
    let open: () => void = () => undefined;
    await consume({
      assigned: async (partitions) => {
        await new Promise<void>((resolve) => (open = resolve));
        return IDLE.assigned(partitions);
      },
    });
    await until(() => health.ready().reason === 'taking partitions over');
    open();
    await until(() => health.ready().ok);
  });

  it('turns with every tick, and stands still where one never returns', async () => {
    let hang = false;
    let ticks = 0;
    let open: () => void = () => undefined;
    await consume({
      tick: () => {
        ticks++;
        return hang ? new Promise((resolve) => (open = resolve)) : Promise.resolve();
      },
    });
    for (let turn = 0; turn < 5; turn++) {
      now += 900;
      const before = ticks;
      await until(() => ticks > before + 1);
      assert.equal(health.live().ok, true);
    }
    hang = true;
    const before = ticks;
    await until(() => ticks > before);
    now += 1001;
    assert.equal(health.live().ok, false);
    hang = false;
    open();
    await until(() => health.live().ok);
  });

  it('times commits; one that is fenced is counted by its code and thrown on', async () => {
    const producer = await log.transactionalProducer('id');
    await producer.commit({ records: [{ topic: TOPIC, key: null, value: null }] });
    await log.transactionalProducer('id');
    await assert.rejects(
      producer.commit({ records: [] }),
      (error: unknown) => error instanceof TransportError && error.code === 'fenced',
    );
    assert.equal(await sample('commit_duration_seconds_count'), 1);
    assert.equal(await sample('commit_failures_total{code="fenced"}'), 1);
  });

  it('fails to measure where the topic is not there', async () => {
    await assert.rejects(log.measureLag('elsewhere'), TransportError);
  });
});
