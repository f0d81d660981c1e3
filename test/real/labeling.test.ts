import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LocalRegistry, RecordWriter, topicsOf } from '@tidemark/contracts';
import { startRequestKeeper } from '@tidemark/detector';
import type { LabelingRequest } from '@tidemark/monitoring';
import { KafkaLog } from '@tidemark/transport';
import { realParts, type RealParts } from './real-parts.js';

let parts: RealParts;
before(async () => {
  parts = await realParts();
});
after(() => parts.release());

test(
  'labelling requests are kept, and their offset is committed although nothing else is written',
  { timeout: 120_000 },
  async () => {
    const log = await KafkaLog.connect({ brokers: parts.brokers, clientId: 'labeling' });
    const registry = new LocalRegistry();
    const topics = topicsOf(`t${randomBytes(4).toString('hex')}-`);
    await log.ensureTopics([{ topic: topics.labelingRequests, partitions: 2 }]);
    const writer = await RecordWriter.open(registry, ['LabelingRequest']);
    const producer = await log.producer();
    const send = async (eventId: string) => {
      const request: LabelingRequest = {
        ...{ eventId, eventTime: 5, inclusionProbability: 0.25, reason: 'uniform', stratum: '', baselineId: null },
        stream: { model: 'm', version: '1', role: 'champion' },
        ...{ segments: {}, features: { x: 1 } },
        answer: { score: 0.5, class: null, value: null, confidence: null, probabilities: new Map() },
      };
      const value = writer.encode('LabelingRequest', request);
      await producer.send([{ topic: topics.labelingRequests, key: eventId, value }]);
    };
    const run = async (expected: number): Promise<string[]> => {
      const kept: string[] = [];
      const keeper = await startRequestKeeper({
        ...{ log, registry, topics, group: topics.labelingRequests, now: Date.now },
        keep: (requests) => {
          kept.push(...requests.map(({ eventId }) => eventId));
          return Promise.resolve();
        },
      });
      while (kept.length < expected)
        await Promise.race([keeper.done, new Promise((resolve) => setTimeout(resolve, 50))]);
      await keeper.stop();
      return kept.sort();
    };
    try {
      for (const eventId of ['a', 'b', 'c', 'd']) await send(eventId);
      assert.deepEqual(await run(4), ['a', 'b', 'c', 'd']);
      await send('e');
      assert.deepEqual(await run(1), ['e'], 'what was kept is not read again');
    } finally {
      await producer.close();
      await log.close();
    }
  },
);
