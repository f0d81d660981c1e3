import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ConfluentRegistry, RecordReader, RecordWriter, topicsOf } from '@tidemark/contracts';
import { outcomesIn, startOutcomes } from '@tidemark/outcomes';
import { migrate, Store } from '@tidemark/store';
import { KafkaLog } from '@tidemark/transport';
import { realParts, type RealParts } from './real-parts.js';

const EVENTS = 600;
const START = Date.UTC(2026, 0, 1);
const PARTITIONS = 3;

describe('outcomes on a real Kafka and a real registry', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-outcomes-'));
  let parts: RealParts;
  let store: Store;
  before(async () => {
    parts = await realParts();
    store = await Store.open({ kind: 'embedded', path: folder, database: 'tidemark' });
    await migrate(store);
  });
  after(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
    await parts.release();
  });

  test('labels before their predictions, twice, corrected and without a key count once, two instances sharing them', async () => {
    const topics = topicsOf(`t${randomBytes(4).toString('hex')}-`);
    const registry = new ConfluentRegistry({ url: parts.registryUrl });
    const logs: KafkaLog[] = [];
    const another = async () => {
      const log = await KafkaLog.connect({ brokers: parts.brokers, clientId: 'test' });
      logs.push(log);
      return log;
    };
    const log = await another();
    await log.ensureTopics([
      { topic: topics.events, partitions: PARTITIONS },
      { topic: topics.groundTruth, partitions: PARTITIONS },
      { topic: topics.partials, partitions: 2 },
      { topic: topics.deadLetters, partitions: 1 },
      { topic: topics.baselines, partitions: 1, compacted: true },
      { topic: topics.monitors, partitions: 1, compacted: true },
    ]);
    const writer = await RecordWriter.open(registry, ['InferenceEvent', 'GroundTruth']);
    const producer = await log.producer();
    const label = (n: number, truth: string, observedAt = START + 1) => {
      const none = { version: null, value: null, source: null, inclusionProbability: null };
      return writer.encode('GroundTruth', { ...none, eventId: `e${n}`, model: 'm', class: truth, observedAt });
    };
    const send = (from: number, to: number, valueOf: (n: number) => Buffer, keyed = true) =>
      producer.send(
        Array.from({ length: to - from }, (_, i) => ({
          ...{ topic: topics.groundTruth, key: keyed ? `e${from + i}` : null },
          value: valueOf(from + i),
        })),
      );
    const start = async () =>
      startOutcomes({
        ...{ log: await another(), registry, store: outcomesIn(store), topics, monitors: [], now: Date.now },
        ...{ group: `${topics.events}-outcomes`, commitInterval: 200, revisitInterval: 300 },
      });

    await send(0, 200, (n) => label(n, 'yes'));
    const first = await start();
    await producer.send(
      Array.from({ length: EVENTS }, (_, n) => ({
        ...{ topic: topics.events, key: `e${n}` },
        value: writer.encode('InferenceEvent', {
          ...{ eventId: `e${n}`, model: 'm', version: '1', eventTime: START + n * 1000 },
          prediction: { score: (n % 10) / 10, class: 'yes' },
        }),
      })),
    );
    const second = await start();
    await send(200, EVENTS, (n) => label(n, 'yes'), false);
    await send(0, EVENTS, (n) => label(n, 'yes'));
    await send(0, 100, (n) => label(n, 'no', START + 2));

    const labelled = async () => {
      const reader = new RecordReader(registry, { names: ['SketchPartial'] });
      let labels = 0;
      let taken = 0;
      const follower = await log.follow(topics.partials, async ({ value }) => {
        const read = await reader.read(value, Date.now());
        assert.ok(read.ok && read.name === 'SketchPartial');
        labels += read.record.quality?.labels ?? 0;
        taken++;
      });
      await follower.stop();
      return { labels, taken };
    };
    // All has been read when nobody lags; a label that is sent again lags anew.
    let quiet = 0;
    const deadline = Date.now() + 60_000;
    while (quiet < 4) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      const ends = await log.ends(topics.groundTruth);
      const committed = await log.committed(`${topics.events}-outcomes-labels`, topics.groundTruth);
      const { labels } = await labelled();
      // The markers of transactions, a few at most after the last record, are offsets that nobody reads.
      const read = [...ends].every(([partition, end]) => (committed.get(partition) ?? 0) >= end - 5);
      quiet = read && labels === EVENTS ? quiet + 1 : 0;
      const where = `${labels} labels; read to ${[...committed].join(' ')} of ${[...ends].join(' ')}`;
      assert.ok(Date.now() < deadline, where);
    }
    await Promise.all([first.stop(), second.stop()]);
    assert.equal((await labelled()).labels, EVENTS);
    const waiting = await store.query("SELECT 1 FROM tidemark.waiting_labels WHERE fate = 'waiting'");
    assert.deepEqual(waiting, []);
    await Promise.all(logs.map((each) => each.close()));
  });
});
