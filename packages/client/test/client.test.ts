import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LocalRegistry, RecordReader, topicsOf, type GroundTruth, type InferenceEvent } from '@tidemark/contracts';
import { MemoryLog, TransportError, type LogRecord, type OutRecord, type Producer } from '@tidemark/transport';
import { TidemarkClient, type ClientEvent, type ClientGroundTruth } from '../src/index.js';

const EVENT: ClientEvent = {
  model: 'loans',
  version: '3',
  features: { income: 52_000, purpose: 'car', insured: true, debts: null },
  prediction: { score: 0.83 },
  segments: { country: 'CH' },
};

/** A log whose producer can be made to fail, or to wait. */
class FragileLog extends MemoryLog {
  beforeSend: () => Promise<void> = () => Promise.resolve();
  closed = 0;

  override async producer(): Promise<Producer> {
    const producer = await super.producer();
    return {
      send: async (records: readonly OutRecord[]) => {
        await this.beforeSend();
        await producer.send(records);
      },
      close: async () => {
        this.closed++;
        await producer.close();
      },
    };
  }
}

async function parts(prefix = '') {
  const log = new FragileLog();
  const registry = new LocalRegistry();
  const topics = topicsOf(prefix);
  await log.ensureTopics([topics.events, topics.groundTruth].map((topic) => ({ topic, partitions: 3 })));
  const records = async (topic = topics.events): Promise<LogRecord[]> => {
    const all: LogRecord[] = [];
    await (await log.follow(topic, (record) => void all.push(record))).stop();
    return all;
  };
  const events = async (): Promise<InferenceEvent[]> => {
    const reader = new RecordReader(registry, { names: ['InferenceEvent'] });
    const read: InferenceEvent[] = [];
    for (const { value } of await records()) {
      const record = await reader.read(value, Date.now());
      if (!record.ok || record.name !== 'InferenceEvent') assert.fail('not an event');
      read.push(record.record);
    }
    return read;
  };
  const truths = async (): Promise<GroundTruth[]> => {
    const reader = new RecordReader(registry, { names: ['GroundTruth'] });
    const read: GroundTruth[] = [];
    for (const { key, value } of await records(topics.groundTruth)) {
      const record = await reader.read(value, Date.now());
      if (!record.ok || record.name !== 'GroundTruth') assert.fail('not a label');
      assert.equal(key?.toString(), record.record.eventId, 'the id is the key');
      read.push(record.record);
    }
    return read;
  };
  return { log, registry, records, events, truths };
}

describe('The client', () => {
  it('publishes an event in three lines, with an id and the time made up', async () => {
    const { log, registry, records, events } = await parts();
    const before = Date.now();
    const tidemark = await TidemarkClient.on(log, registry);
    const published = tidemark.publish(EVENT);
    await tidemark.close();

    const [event, ...others] = await events();
    assert.deepEqual(others, []);
    const { eventId, eventTime, ...said } = event;
    assert.match(eventId, /^[0-9a-f-]{36}$/);
    assert.equal(published, eventId, 'a label can name it');
    assert.ok(Number(eventTime) >= before && Number(eventTime) <= Date.now());
    assert.deepEqual(said, {
      ...EVENT,
      prediction: { score: 0.83, class: null, value: null, probabilities: {} },
      role: 'champion',
      requestId: null,
      confidence: null,
      embeddings: {},
    });
    assert.equal((await records())[0].key?.toString(), eventId, 'the id is the key');
  });

  it('keeps an id and a time that are stated, and puts the prefix before the topic', async () => {
    const { log, registry, events } = await parts('eu.');
    const tidemark = await TidemarkClient.on(log, registry, { topicPrefix: 'eu.' });
    tidemark.publish({ ...EVENT, eventId: 'mine', eventTime: new Date(1_767_225_600_000) });
    await tidemark.close();
    const [event] = await events();
    assert.equal(event.eventId, 'mine');
    assert.equal(event.eventTime, 1_767_225_600_000);
  });

  it('sends by itself after the flush interval', async () => {
    const { log, registry, records } = await parts();
    const tidemark = await TidemarkClient.on(log, registry, { flushInterval: 5 });
    tidemark.publish(EVENT);
    for (let waited = 0; (await records()).length === 0; waited += 5) {
      assert.ok(waited < 5000, 'nothing was sent in five seconds');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await tidemark.close();
  });

  it('drops and counts what its buffer has no room for, and goes on once it has', async () => {
    const { log, registry, events } = await parts();
    const tidemark = await TidemarkClient.on(log, registry, { maxBuffered: 10, flushInterval: 60_000 });
    const ids = Array.from({ length: 25 }, (_, n) => tidemark.publish({ ...EVENT, eventId: `e${n}` }));
    assert.deepEqual(
      ids,
      ids.map((_, n) => (n < 10 ? `e${n}` : null)),
    );
    assert.equal(tidemark.dropped, 15);
    await tidemark.flush();
    tidemark.publish({ ...EVENT, eventId: 'later' });
    await tidemark.close();
    assert.equal(tidemark.dropped, 15);
    const expected = [...Array.from({ length: 10 }, (_, n) => `e${n}`), 'later'];
    assert.deepEqual((await events()).map(({ eventId }) => eventId).sort(), expected.sort());
  });

  it('never waits for a log that does not answer', async () => {
    const { log, registry, events } = await parts();
    let answer = () => {};
    log.beforeSend = () => new Promise((resolve) => (answer = resolve));
    const tidemark = await TidemarkClient.on(log, registry, { maxBuffered: 5000, flushInterval: 1 });
    for (let n = 0; n < 3000; n++) tidemark.publish(EVENT);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal((await events()).length, 0);
    for (let n = 0; n < 6000; n++) tidemark.publish(EVENT);
    // A thousand are on their way, five thousand wait.
    assert.equal(tidemark.dropped, 3000);
    log.beforeSend = () => Promise.resolve();
    answer();
    await tidemark.close();
    assert.equal((await events()).length, 6000);
  });

  it('tells of a batch that was lost, and sends the next', async () => {
    const { log, registry, events } = await parts();
    const heard: [unknown, number][] = [];
    const tidemark = await TidemarkClient.on(log, registry, {
      flushInterval: 60_000,
      onError: (error, lost) => heard.push([error, lost]),
    });
    const failure = new TransportError('unreachable', 'No broker answers');
    log.beforeSend = () => Promise.reject(failure);
    for (let n = 0; n < 7; n++) tidemark.publish(EVENT);
    await tidemark.flush();
    assert.deepEqual(heard, [[failure, 7]]);
    log.beforeSend = () => Promise.resolve();
    tidemark.publish({ ...EVENT, eventId: 'next' });
    await tidemark.close();
    assert.deepEqual(
      (await events()).map(({ eventId }) => eventId),
      ['next'],
    );
    assert.equal(heard.length, 1);
  });

  it('goes on sending when onError itself throws', async () => {
    const { log, registry, events } = await parts();
    const tidemark = await TidemarkClient.on(log, registry, {
      flushInterval: 60_000,
      onError: () => {
        throw new Error('a fault of the listener');
      },
    });
    log.beforeSend = () => Promise.reject(new TransportError('unreachable', 'No broker answers'));
    tidemark.publish(EVENT);
    await tidemark.flush();
    log.beforeSend = () => Promise.resolve();
    tidemark.publish({ ...EVENT, eventId: 'next' });
    await tidemark.close();
    assert.equal((await events()).length, 1);
  });

  it('names the field of an event that the schema does not take', async () => {
    const { log, registry, records } = await parts();
    const tidemark = await TidemarkClient.on(log, registry);
    const wrong = { ...EVENT, features: { income: [52_000] } } as unknown as ClientEvent;
    assert.throws(() => tidemark.publish(wrong), { code: 'invalid-record', message: /features/ });
    await tidemark.close();
    assert.deepEqual(await records(), []);
  });

  it('sends what is left when closed, lets go of its connections once, and takes nothing more', async () => {
    const { log, registry, events } = await parts();
    let released = 0;
    const release = () => {
      released++;
      return Promise.resolve();
    };
    const tidemark = await TidemarkClient.on(log, registry, { flushInterval: 60_000 }, release);
    for (let n = 0; n < 2500; n++) tidemark.publish(EVENT);
    await tidemark.close();
    await tidemark.close();
    assert.equal((await events()).length, 2500);
    assert.equal(log.closed, 1);
    assert.equal(released, 1);
    assert.equal(tidemark.publish(EVENT), null);
    assert.equal(tidemark.dropped, 1, 'an event after the end is counted as dropped');
  });

  it('publishes what turned out to be true of an event, with the time made up', async () => {
    const { log, registry, events, truths } = await parts('eu.');
    const before = Date.now();
    const tidemark = await TidemarkClient.on(log, registry, { topicPrefix: 'eu.' });
    assert.equal(tidemark.publishGroundTruth({ eventId: 'a', model: 'loans', class: 'repaid' }), 'a');
    const stated = { version: '3', value: -2.5, observedAt: 1_767_225_600_000, source: 'claims' };
    tidemark.publishGroundTruth({ eventId: 'b', model: 'loans', inclusionProbability: 0.25, ...stated });
    await tidemark.close();
    assert.deepEqual(await events(), []);
    const [a, b] = (await truths()).sort((x, y) => (x.eventId < y.eventId ? -1 : 1));
    assert.ok(a.observedAt >= before && a.observedAt <= Date.now());
    assert.deepEqual(a, {
      ...{ eventId: 'a', model: 'loans', version: null, class: 'repaid', value: null, source: null },
      ...{ observedAt: a.observedAt, inclusionProbability: null },
    });
    assert.deepEqual(b, { eventId: 'b', model: 'loans', class: null, inclusionProbability: 0.25, ...stated });
  });

  it('refuses a label that says nothing, and one that no reader would take', async () => {
    const { log, registry, truths } = await parts();
    const tidemark = await TidemarkClient.on(log, registry);
    const label = { eventId: 'a', model: 'loans', class: 'repaid' };
    const refused: [unknown, RegExp][] = [
      [{ eventId: 'a', model: 'loans' }, /of a has neither class nor value/],
      [{ ...label, value: NaN }, /of a has a value of NaN/],
      [{ ...label, inclusionProbability: 0 }, /of a has an inclusionProbability of 0/],
      [{ ...label, class: 7 }, /class/],
    ];
    for (const [truth, message] of refused) {
      const publish = () => tidemark.publishGroundTruth(truth as ClientGroundTruth);
      assert.throws(publish, { code: 'invalid-record', message });
    }
    await tidemark.close();
    assert.deepEqual(await truths(), []);
    assert.equal(tidemark.publishGroundTruth(label), null);
    assert.equal(tidemark.dropped, 1, 'a label after the end is counted as dropped');
  });
});
