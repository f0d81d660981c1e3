import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { ConfluentRegistry, RecordReader, RecordWriter, topicsOf } from '@tidemark/contracts';
import { startSketcher } from '@tidemark/sketcher';
import { KafkaLog } from '@tidemark/transport';
import { realParts, type RealParts } from './real-parts.js';

const START = Date.UTC(2026, 0, 1);
const PARTITIONS = 3;
const EACH = 40;

describe('A sketcher on a real Kafka that lets its partitions go', { timeout: 120_000 }, () => {
  let parts: RealParts;
  before(async () => {
    parts = await realParts();
  });
  after(() => parts.release());

  test('commits those that are its own though one has been fenced, and another sketcher reads that one again: none lost, none doubled', async () => {
    const topics = topicsOf(`t${randomBytes(4).toString('hex')}-`);
    const registry = new ConfluentRegistry({ url: parts.registryUrl });
    const log = await KafkaLog.connect({ brokers: parts.brokers, clientId: 'letting-go' });
    await log.ensureTopics([
      { topic: topics.events, partitions: PARTITIONS },
      { topic: topics.partials, partitions: 1 },
      { topic: topics.deadLetters, partitions: 1 },
      { topic: topics.baselines, partitions: 1, compacted: true },
      { topic: topics.monitors, partitions: 1, compacted: true },
      { topic: topics.labelingState, partitions: 1, compacted: true },
    ]);
    after(() => log.close());
    const writer = await RecordWriter.open(registry, ['InferenceEvent']);
    const producer = await log.producer();
    const value = (n: number) =>
      writer.encode('InferenceEvent', {
        ...{ eventId: `e${n}`, model: 'm', version: '1', eventTime: START + n },
        features: { n },
      });
    await producer.send(
      Array.from({ length: PARTITIONS * EACH }, (_, n) => {
        return { topic: topics.events, partition: n % PARTITIONS, key: null, value: value(n) };
      }),
    );
    const group = `${topics.events}-sketchers`;
    const records = async (): Promise<number> => {
      const reader = new RecordReader(registry, { names: ['SketchPartial', 'SourceWatermark'] });
      let events = 0;
      const follower = await log.follow(topics.partials, async (record) => {
        const read = await reader.read(record.value, Date.now());
        if (read.ok && read.name === 'SketchPartial' && read.record.pane.segment.dimension === '') {
          events += read.record.events;
        }
      });
      await follower.stop();
      return events;
    };
    const options = { log, registry, monitors: [], topics, group, idleTimeout: 60_000, now: Date.now };

    // Its clock stands still, so that nothing is committed before it lets go.
    const first = await startSketcher({ ...options, commitInterval: 500, now: () => START + 1000 });
    await new Promise((resolve) => setTimeout(resolve, 5000));
    assert.deepEqual(await log.committed(group, topics.events), new Map());
    await (await log.transactionalProducer(`tidemark-sketcher-${topics.events}-0`)).close();
    await first.stop();
    await first.done;
    const committed = await log.committed(group, topics.events);
    assert.deepEqual([...committed.keys()].sort(), [1, 2]);
    assert.deepEqual([...committed.values()], [EACH, EACH]);
    assert.equal(await records(), 2 * EACH);

    const second = await startSketcher({ ...options, commitInterval: 100 });
    const deadline = Date.now() + 30_000;
    while ((await log.committed(group, topics.events)).get(0) !== EACH) {
      assert.ok(Date.now() < deadline, 'the partition that was fenced has not been read again in thirty seconds');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await second.stop();
    assert.equal(await records(), PARTITIONS * EACH);
  });
});
