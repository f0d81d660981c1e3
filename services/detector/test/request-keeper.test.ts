import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalRegistry, RecordWriter, topicsOf } from '@tidemark/contracts';
import type { LabelingRequest } from '@tidemark/monitoring';
import { MemoryLog } from '@tidemark/transport';
import { startRequestKeeper } from '../src/index.js';

const REQUEST: LabelingRequest = {
  ...{ eventId: 'e', eventTime: 5, inclusionProbability: 0.25, reason: 'uniform', stratum: '', baselineId: null },
  stream: { model: 'm', version: '1', role: 'champion' },
  ...{ segments: {}, features: { x: 1 } },
  answer: { score: 0.5, class: null, value: null, confidence: null, probabilities: new Map() },
};

test('every request is kept, again where the store failed, and what is none is told and passed over', async () => {
  const log = new MemoryLog();
  const registry = new LocalRegistry();
  const topics = topicsOf();
  await log.ensureTopics([{ topic: topics.labelingRequests, partitions: 2 }]);
  const writer = await RecordWriter.open(registry, ['LabelingRequest']);
  const producer = await log.producer();
  const send = (eventId: string) => {
    const value = writer.encode('LabelingRequest', { ...REQUEST, eventId });
    return producer.send([{ topic: topics.labelingRequests, key: eventId, value }]);
  };
  for (let n = 0; n < 20; n++) await send(`e${n}`);
  await producer.send([{ topic: topics.labelingRequests, key: 'x', value: Buffer.from('no request') }]);

  const kept = new Map<string, LabelingRequest>();
  const unreadable: string[] = [];
  const start = (fail: boolean) =>
    startRequestKeeper({
      ...{ log, registry, topics, group: 'labeling', now: Date.now },
      keep: (requests) => {
        for (const request of requests) kept.set(request.eventId, request);
        return fail ? Promise.reject(new Error('no store')) : Promise.resolve();
      },
      onUnreadable: (_, reason) => unreadable.push(reason),
    });
  const failing = await start(true);
  await assert.rejects(failing.done, /no store/);
  kept.clear();
  unreadable.length = 0;
  const keeper = await start(false);
  while (log.lag(topics.labelingRequests, 'labeling') > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await keeper.stop();
  assert.equal(kept.size, 20, 'what the failing store did not take is read again');
  assert.deepEqual(kept.get('e7'), { ...REQUEST, eventId: 'e7' });
  assert.deepEqual(unreadable, ['bad_magic']);

  kept.clear();
  await send('late');
  const again = await start(false);
  while (log.lag(topics.labelingRequests, 'labeling') > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await again.stop();
  assert.deepEqual([...kept.keys()], ['late'], 'what was kept is not read again');
  await log.close();
});
