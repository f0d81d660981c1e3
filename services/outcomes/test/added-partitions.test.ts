import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { OutRecord } from '@tidemark/transport';
import { eventOf, Installation, labelOf, qualityOf, removeStores, TrappedLog } from './installation.js';

after(removeStores);

/** The log with more partitions of ground-truth: what was in it is where it was, and so are the committed offsets. */
async function grow({ log, topics }: Installation, partitions: number): Promise<TrappedLog> {
  const grown = new TrappedLog();
  const one = [topics.deadLetters, topics.driftEvents, topics.baselines, topics.monitors];
  await grown.ensureTopics([
    { topic: topics.events, partitions: 3 },
    { topic: topics.groundTruth, partitions },
    { topic: topics.partials, partitions: 2 },
    ...one.map((topic) => ({ topic, partitions: 1 })),
  ]);
  const ids = new Map<string, string | null>();
  for (const topic of [topics.events, topics.groundTruth, topics.partials]) {
    const records: OutRecord[] = [];
    const follower = await log.follow(topic, ({ partition, key, value, headers }) => {
      records.push({ topic, partition, key, value, headers });
    });
    await follower.stop();
    await (await grown.producer()).send(records);
    ids.set(topic, await log.topicId(topic));
  }
  grown.topicId = (topic) => Promise.resolve(ids.get(topic) ?? null);
  grown.committedFor = () => Promise.resolve(new Map());
  const copy = await grown.transactionalProducer('copy');
  for (const [group, topic] of [
    ['outcomes-predictions', topics.events],
    ['outcomes-labels', topics.groundTruth],
  ]) {
    const offsets = await log.committed(group, topic);
    await copy.commit({ records: [], consumed: { group, topic, offsets } });
  }
  await log.close();
  return grown;
}

test('after partitions were added labels that come again count no more, corrections take back, and those that wait are joined', async () => {
  const installation = await Installation.open();
  const events = Array.from({ length: 40 }, (_, n) => eventOf(n));
  const labels = events.map((_, n) => labelOf(n, 'yes'));
  let service = await installation.start();
  await installation.publishEvents(events.slice(0, 30));
  await installation.drained();
  await installation.publishLabels(labels);
  await installation.drained();
  await service.stop();
  assert.equal(await installation.waiting(), 10);

  Object.assign(installation, { log: await grow(installation, 7) });
  service = await installation.start();
  await installation.publishLabels(labels);
  await installation.drained();
  const corrected = Array.from({ length: 10 }, (_, n) => labelOf(n, 'no'));
  await installation.publishLabels(corrected);
  await installation.drained();
  await installation.publishEvents(events.slice(30));
  await installation.settled();
  await service.stop();
  const found = qualityOf(await installation.partials());
  await installation.close();

  const straight = await Installation.open();
  service = await straight.start();
  await straight.publishEvents(events);
  await straight.drained();
  await straight.publishLabels([...corrected, ...labels.slice(10)]);
  await straight.drained();
  await service.stop();
  assert.deepEqual(found, qualityOf(await straight.partials()));
  await straight.close();
});
