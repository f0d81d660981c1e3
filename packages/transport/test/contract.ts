import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Log, LogRecord, TransactionalProducer } from '@tidemark/transport';
import { partitionOf, TransportError } from '@tidemark/transport';
import { describeTopics } from './contract-topics.js';
import {
  bytes,
  copy,
  delay,
  isFenced,
  newGroup,
  newTopic,
  read,
  readAll,
  record,
  send,
  until,
  values,
} from './contract-readers.js';

/** What every log promises, whatever it runs on. Names are new for each test, so that a log may be shared. */
export function describeLog(name: string, open: () => Promise<Log>, close: () => Promise<void>): void {
  describe(name, { timeout: 180_000 }, () => {
    let log: Log;
    it('opens', async () => {
      log = await open();
    });

    it('keeps the order of a partition, and puts equal keys into the partition that murmur2 gives', async () => {
      const topic = await newTopic(log, 3);
      const keys = Array.from({ length: 20 }, (_, i) => `key-${i}`);
      const sent = keys.flatMap((key) => [0, 1, 2].map((n) => record(topic, key, `${key}:${n}`)));
      await send(log, sent);
      const read = await readAll(log, topic, sent.length);
      for (const key of keys) {
        const ofKey = read.filter((each) => each.key?.toString() === key);
        assert.deepEqual(
          values(ofKey),
          [0, 1, 2].map((n) => `${key}:${n}`),
        );
        assert.deepEqual(new Set(ofKey.map(({ partition }) => partition)), new Set([partitionOf(Buffer.from(key), 3)]));
      }
    });

    it('keeps binary keys, null values, null keys, headers and records of 900 KB as they are', async () => {
      const topic = await newTopic(log, 1);
      const key = Buffer.from([0, 255, 128, 10, 0]);
      const large = randomBytes(900_000);
      const header = Buffer.from([1, 0, 254]);
      const before = Date.now();
      await send(log, [
        { topic, key, value: null },
        { topic, key: null, value: large },
        { topic, key: null, value: large },
        { topic, key: '', value: Buffer.alloc(0), headers: { binary: header, text: 'é' } },
      ]);
      const read = await readAll(log, topic, 4);
      assert.deepEqual(read[0].key, key);
      assert.equal(read[0].value, null);
      assert.deepEqual(read[0].headers, {});
      assert.equal(read[1].key, null);
      assert.ok(read[1].value?.equals(large) && read[2].value?.equals(large));
      assert.deepEqual(read[3].value, Buffer.alloc(0));
      assert.deepEqual({ ...read[3].headers }, { binary: header, text: Buffer.from('é') });
      assert.ok(read.every(({ timestamp }) => Math.abs(timestamp - before) < 60_000));
    });

    it('spreads records without a key, and keeps to a partition that is named', async () => {
      const topic = await newTopic(log, 4);
      const named = Array.from({ length: 4 }, (_, partition) => ({
        topic,
        partition,
        key: 'same',
        value: bytes('named'),
      }));
      await send(log, [...named, ...Array.from({ length: 8 }, () => ({ topic, key: null, value: bytes('any') }))]);
      const read = await readAll(log, topic, 12);
      for (let partition = 0; partition < 4; partition++) {
        const found = values(read.filter((each) => each.partition === partition)).sort();
        assert.deepEqual(found, ['any', 'any', 'named']);
      }
    });

    it('tells where partitions end and how far a consumer has come', async () => {
      const topic = await newTopic(log, 2);
      assert.deepEqual(
        await log.ends(topic),
        new Map([
          [0, 0],
          [1, 0],
        ]),
      );
      await send(
        log,
        ['a', 'b', 'c'].map((value) => ({ topic, partition: 1, key: null, value: bytes(value) })),
      );
      const ends = new Map([
        [0, 0],
        [1, 3],
      ]);
      assert.deepEqual(await log.ends(topic), ends);
      const reader = await read(log, topic, newGroup());
      await until(() => reader.position(1) === 3);
      assert.equal(reader.position(0), 0);
      assert.equal(reader.position(2), undefined);
      await reader.stop();
      assert.equal(reader.position(1), undefined);
      await assert.rejects(log.ends(`${topic}-that-is-not`), TransportError);
    });

    it('gives committed transactions as a whole and moves the offsets with them', async () => {
      const [input, output] = [await newTopic(log, 1), await newTopic(log, 2)];
      const group = newGroup();
      await send(log, [record(input, 'k', 'a'), record(input, 'k', 'b'), record(input, 'k', 'c')]);
      assert.deepEqual(await log.committed(group, input), new Map());
      const producer = await log.transactionalProducer(randomUUID());
      await producer.commit({
        records: [record(output, 'x', '1'), record(output, 'y', '2')],
        consumed: { group, topic: input, offsets: new Map([[0, 2]]) },
      });
      await until(async () => (await log.committed(group, input)).get(0) === 2);
      await producer.commit({ records: [], consumed: { group, topic: input, offsets: new Map([[0, 1]]) } });
      await until(async () => (await log.committed(group, input)).get(0) === 1);
      await producer.commit({ records: [], consumed: { group, topic: input, offsets: new Map([[0, 2]]) } });
      await producer.close();
      assert.deepEqual(values(await readAll(log, output, 2)).sort(), ['1', '2']);
      const reader = await read(log, input, group);
      await until(() => reader.records.length >= 1);
      await reader.stop();
      assert.deepEqual(values(reader.records), ['c']);
    });

    it('takes a transaction larger than any one request', async () => {
      const [input, output] = [await newTopic(log, 1), await newTopic(log, 1)];
      const group = newGroup();
      const producer = await log.transactionalProducer(randomUUID());
      const value = randomBytes(700_000);
      const large = Array.from({ length: 4 }, () => ({ topic: output, key: 'model', value }));
      const small = Array.from({ length: 2500 }, (_, i) => record(output, 'model', String(i)));
      await producer.commit({
        records: [...large, ...small],
        consumed: { group, topic: input, offsets: new Map([[0, 0]]) },
      });
      const found = await readAll(log, output, 2504);
      assert.ok(found.slice(0, 4).every((each) => each.value?.equals(value)));
      assert.deepEqual(
        values(found.slice(4)),
        small.map((each) => String(each.value)),
      );
    });

    it('fences the older of two producers with one transactional id: nothing of it is seen, no offset moves', async () => {
      const [input, output] = [await newTopic(log, 1), await newTopic(log, 1)];
      const [group, id] = [newGroup(), randomUUID()];
      const commit = (producer: TransactionalProducer, value: string, offset: number) =>
        producer.commit({
          records: [record(output, 'k', value)],
          consumed: { group, topic: input, offsets: new Map([[0, offset]]) },
        });
      await send(log, [record(input, 'k', 'a'), record(input, 'k', 'b'), record(input, 'k', 'c')]);
      const older = await log.transactionalProducer(id);
      await commit(older, 'before', 1);
      const newer = await log.transactionalProducer(id);
      await assert.rejects(commit(older, 'fenced', 2), isFenced);
      assert.deepEqual(await log.committed(group, input), new Map([[0, 1]]));
      await commit(newer, 'after', 3);
      await assert.rejects(commit(older, 'fenced again', 2), isFenced);
      assert.deepEqual(values(await readAll(log, output, 2)), ['before', 'after']);
      assert.deepEqual(await log.committed(group, input), new Map([[0, 3]]));
      await Promise.all([older.close(), newer.close()]);
    });

    it('begins where the handler says, never below', async () => {
      const topic = await newTopic(log, 2);
      const numbers = Array.from({ length: 50 }, (_, i) => i);
      await send(
        log,
        numbers.flatMap((n) => [0, 1].map((partition) => ({ ...record(topic, '', String(n)), partition }))),
      );
      const reader = await read(log, topic, newGroup(), { start: (partition) => (partition === 0 ? 20 : null) });
      await until(() => reader.records.length >= 80);
      await reader.stop();
      assert.deepEqual(values(reader.of(0)), numbers.slice(20).map(String));
      assert.deepEqual(values(reader.of(1)), numbers.map(String));
    });

    it('never calls a handler twice at once, and ticks without records', async () => {
      const topic = await newTopic(log, 4);
      const reader = await read(log, topic, newGroup(), { onRecords: () => delay(20) });
      await until(() => reader.ticks >= 3);
      await send(
        log,
        Array.from({ length: 40 }, (_, i) => ({ ...record(topic, '', String(i)), partition: i % 4 })),
      );
      await until(() => reader.records.length >= 40);
      await reader.stop();
      assert.equal(reader.overlaps, 0);
      assert.equal(reader.records.length, 40);
    });

    it('waits for the handler before it gives more', async () => {
      const topic = await newTopic(log, 1);
      let release: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const reader = await read(log, topic, newGroup(), { onRecords: () => gate });
      await send(log, [record(topic, 'k', 'first')]);
      await until(() => reader.calls === 1);
      await send(log, [record(topic, 'k', 'second')]);
      await delay(500);
      assert.equal(reader.calls, 1);
      release();
      await until(() => reader.records.length === 2);
      await reader.stop();
      assert.deepEqual(values(reader.records), ['first', 'second']);
    });

    it('splits partitions over the members of a group: each is let go before another takes it, each record is counted once', async () => {
      const [input, output] = [await newTopic(log, 4), await newTopic(log, 1)];
      const group = newGroup();
      let total = 0;
      let isEnough = false;
      const sending = (async () => {
        const producer = await log.producer();
        for (; !isEnough; total += 20) {
          const numbers = Array.from({ length: 20 }, (_, i) => total + i);
          await producer.send(numbers.map((i) => ({ ...record(input, '', String(i)), partition: i % 4 })));
          await delay(20);
        }
        await producer.close();
      })();
      const holders = new Map<number, string>();
      const conflicts: string[] = [];
      const first = await copy(log, input, output, group, 'first', holders, conflicts);
      await until(() => first.copied > 0);
      const second = await copy(log, input, output, group, 'second', holders, conflicts);
      await until(() => second.copied > 0 && first.held.size === 2 && second.held.size === 2);
      await first.stop();
      await until(() => second.held.size === 4);
      isEnough = true;
      await sending;
      await send(log, [{ ...record(input, '', 'last'), partition: 0 }]);
      const all = await readAll(log, output, total + 1);
      await second.stop();
      assert.deepEqual(conflicts, []);
      assert.deepEqual(
        values(all)
          .filter((value) => value !== 'last')
          .map(Number)
          .sort((a, b) => a - b),
        [...Array(total).keys()],
      );
      const inOrder = values(all)
        .map(Number)
        .filter((n) => n % 4 === 2);
      assert.deepEqual(
        inOrder,
        [...inOrder].sort((a, b) => a - b),
      );
    });

    it('takes `fenced` from a handler that lets go for what it says; other errors stop the consumer', async () => {
      const topic = await newTopic(log, 1);
      const fenced = await read(log, topic, newGroup(), {
        onRevoked: () => Promise.reject(new TransportError('fenced', 'taken over')),
      });
      await until(() => fenced.held.size === 1);
      await fenced.stop();
      await fenced.done;
      const broken = await read(log, topic, newGroup(), {
        onRecords: () => Promise.reject(new Error('the disk is full')),
      });
      await send(log, [record(topic, 'k', 'v')]);
      await assert.rejects(broken.done, /the disk is full/);
      assert.equal(broken.revocations, 0);
    });

    it('follows a compacted topic: what is there first, then what comes, without a group', async () => {
      const topic = `follow-${randomUUID()}`;
      await log.ensureTopics([{ topic, partitions: 3, compacted: true }]);
      const empty: string[] = [];
      const early = await log.follow(topic, (each) => void empty.push(String(each.value)));
      const producer = await log.transactionalProducer(randomUUID());
      for (const n of [1, 2, 3])
        await producer.commit({ records: [record(topic, 'a', `a${n}`), record(topic, 'b', `b${n}`)] });
      const newest = new Map<string, string | null>();
      const keep = ({ key, value }: LogRecord) => void newest.set(String(key), value === null ? null : String(value));
      const followers = [await log.follow(topic, keep), await log.follow(topic, keep)];
      assert.deepEqual(Object.fromEntries(newest), { a: 'a3', b: 'b3' });
      await producer.commit({ records: [record(topic, 'a', 'a4'), { topic, key: 'b', value: null }] });
      await followers[0].catchUp();
      assert.deepEqual(Object.fromEntries(newest), { a: 'a4', b: null });
      await early.catchUp();
      assert.equal(empty.length, 8);
      await Promise.all([early, ...followers].map((each) => each.stop()));
      await producer.close();
    });

    it('follows from offsets on, and from the first record where none is given or it is not in the log', async () => {
      const topic = await newTopic(log, 3);
      const records = [0, 1, 2].flatMap((partition) =>
        ['a', 'b', 'c'].map((value) => ({ topic, partition, key: null, value: bytes(value) })),
      );
      await send(log, records);
      const given: string[] = [];
      const keep = ({ partition, value }: LogRecord) => void given.push(`${partition}${String(value)}`);
      const from = new Map([
        [0, 2],
        [1, 99],
      ]);
      await (await log.follow(topic, keep, from)).stop();
      assert.deepEqual(given.sort(), ['0c', '1a', '1b', '1c', '2a', '2b', '2c']);
    });

    it('ends a follower with the error of what it calls', async () => {
      const topic = await newTopic(log, 1);
      const follower = await log.follow(topic, () => Promise.reject(new Error('no such baseline')));
      await send(log, [record(topic, 'k', 'v')]);
      await assert.rejects(follower.done, /no such baseline/);
      await follower.stop();
    });

    it('says that a topic does not exist', async () => {
      const missing = `missing-${randomUUID()}`;
      const isUnknown = (error: unknown) => error instanceof TransportError && error.code === 'unknown-topic';
      await assert.rejects(log.partitionsOf(missing), isUnknown);
      const producer = await log.producer();
      await assert.rejects(producer.send([record(missing, 'k', 'v')]), isUnknown);
      await producer.close();
    });

    describeTopics(() => log);

    it('closes', async () => {
      await log.close();
      await close();
    });
  });
}
