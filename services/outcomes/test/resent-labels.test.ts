import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { eventOf, Installation, labelOf, qualityOf, removeStores } from './installation.js';

after(removeStores);

test('a label that waited does not outrank one of the same time that was sent after it', async () => {
  const installation = await Installation.open();
  const asleep = await installation.start({ revisitInterval: 1e9 });
  await installation.drained();
  // Past the look at the start.
  await new Promise((resolve) => setTimeout(resolve, 100));
  await installation.publishLabels([labelOf(1, 'yes')]);
  await installation.drained();
  assert.equal(await installation.waiting(), 1);
  await installation.publishEvents([eventOf(1)]);
  await installation.drained();
  await installation.publishLabels([labelOf(1, 'no')]);
  await installation.drained();
  const before = qualityOf(await installation.partials());
  await asleep.stop();
  const awake = await installation.start();
  await installation.settled();
  await awake.stop();
  assert.deepEqual(qualityOf(await installation.partials()), before);
  await installation.close();
});

test('nor does it where it is about several versions, only one of which the later label is about', async () => {
  const installation = await Installation.open();
  const asleep = await installation.start({ revisitInterval: 1e9 });
  await installation.drained();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await installation.publishLabels([labelOf(1, 'yes')]);
  await installation.drained();
  await installation.publishEvents([eventOf(1), eventOf(1, { version: '2' })]);
  await installation.drained();
  await installation.publishLabels([labelOf(1, 'no', { version: '2' })]);
  await installation.drained();
  await asleep.stop();
  const awake = await installation.start();
  await installation.settled();
  await awake.stop();
  const found = qualityOf(await installation.partials());
  await installation.close();

  const straight = await Installation.open();
  const service = await straight.start();
  await straight.publishEvents([eventOf(1), eventOf(1, { version: '2' })]);
  await straight.drained();
  await straight.publishLabels([labelOf(1, 'yes', { version: '1' }), labelOf(1, 'no', { version: '2' })]);
  await straight.drained();
  await service.stop();
  assert.deepEqual(found, qualityOf(await straight.partials()));
  await straight.close();
});

test('a label that has to wait again keeps the place that it first came in', async () => {
  const installation = await Installation.open();
  const service = await installation.start({ revisitInterval: 1e9 });
  await installation.drained();
  const { topics, log } = installation;
  const record = installation.writer.encode('GroundTruth', labelOf(1, 'yes'));
  const partition = await installation.homeOf('e1');
  const source = `${topics.groundTruth}/${partition}`;
  const producer = await log.producer();
  // Of the last two nobody could know: they are not believed.
  for (const origin of [null, `0 ${source}`, `7 ${source}`, '0 elsewhere/0']) {
    const headers: Record<string, string> = origin === null ? {} : { 'tidemark-label-origin': origin };
    await producer.send([{ topic: topics.groundTruth, partition, key: 'e1', value: record, headers }]);
    await installation.drained();
  }
  await service.stop();
  const rows = await installation.store.revisitWaitingLabels({ source }, -1, 10);
  assert.deepEqual(
    rows.map(({ offset, origin }) => [offset, origin]),
    [
      [0, undefined],
      [1, { source, offset: 0 }],
      [2, undefined],
      [3, undefined],
    ],
  );
  await installation.close();
});
