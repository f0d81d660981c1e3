import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { eventOf, Installation, labelOf, qualityOf, removeStores, until } from './installation.js';

after(removeStores);

const many = (from: number) => Array.from({ length: 50 }, (_, n) => from + n);

async function labelled(installation: Installation): Promise<number> {
  const whole = (await installation.partials()).filter(({ pane }) => pane.segment.dimension === '');
  return whole.reduce((sum, { quality }) => sum + (quality?.labels ?? 0), 0);
}

test('labels of a topic that was made anew count once, and what the topic before had counted is known', async () => {
  const installation = await Installation.open();
  let service = await installation.start();
  await installation.publishEvents([...many(0), ...many(100)].map((n) => eventOf(n)));
  await installation.drained();
  await installation.publishLabels(many(0).map((n) => labelOf(n, 'yes')));
  await installation.drained();
  await service.stop();
  assert.equal(await labelled(installation), 50);

  await installation.makeAnew();
  service = await installation.start();
  await installation.publishLabels(many(100).map((n) => labelOf(n, 'yes')));
  await installation.drained();
  assert.equal(await labelled(installation), 50);
  // Sent again, they count no more.
  await installation.publishLabels(many(0).map((n) => labelOf(n, 'yes')));
  await installation.drained();
  assert.equal(await labelled(installation), 50);
  // Corrected, they are taken back.
  await installation.publishLabels([labelOf(1, 'no')]);
  await installation.drained();
  await service.stop();
  const corrections = (await installation.partials()).filter(({ pane, quality }) => {
    return pane.segment.dimension === '' && quality?.labels === 0;
  });
  assert.equal(corrections.length, 1);
  await installation.close();
});

test('labels that waited in a topic that is no more, and those that wait at the same offsets now, meet their predictions', async () => {
  const installation = await Installation.open();
  let service = await installation.start();
  // The first settle there, those of the hundreds are left waiting.
  await installation.publishLabels([1, 2, 3, 101, 102, 103].map((n) => labelOf(n, 'yes')));
  await installation.drained();
  await installation.publishEvents([1, 2, 3].map((n) => eventOf(n)));
  await until(async () => (await installation.waiting()) === 3);
  await installation.drained();
  await service.stop();
  assert.equal(await labelled(installation), 3);

  await installation.makeAnew();
  service = await installation.start();
  await installation.publishLabels([201, 202, 203].map((n) => labelOf(n, 'yes')));
  await installation.drained();
  assert.equal(await installation.waiting(), 6);
  await installation.publishEvents([101, 102, 103, 201, 202, 203].map((n) => eventOf(n)));
  await installation.settled();
  await service.stop();
  assert.equal(await labelled(installation), 6);
  await installation.close();
});

test('a prediction that is logged does not change when its event comes again in a topic that was made anew', async () => {
  const installation = await Installation.open();
  let service = await installation.start();
  await installation.publishEvents([...many(0), ...many(100)].map((n) => eventOf(n)));
  await installation.drained();
  await service.stop();
  await installation.makeAnew();
  service = await installation.start();
  await installation.publishEvents(many(100).map((n) => eventOf(n, { prediction: { score: 0.99, class: 'maybe' } })));
  await installation.drained();
  await service.stop();
  const sql = "SELECT count() AS found FROM test.predictions WHERE class = 'maybe'";
  assert.deepEqual(await installation.database.query(sql), [{ found: 0 }]);
  await installation.close();
});

test('labels that are in the store from before topics had ids there stay in force', async () => {
  const installation = await Installation.open();
  let service = await installation.start();
  await installation.publishEvents(many(0).map((n) => eventOf(n)));
  await installation.drained();
  await installation.publishLabels(many(0).map((n) => labelOf(n, 'yes')));
  await installation.drained();
  await service.stop();
  const before = qualityOf(await installation.partials());
  // As an older version left it.
  await installation.database.command('TRUNCATE TABLE test.topic_ids');
  service = await installation.start();
  await installation.publishLabels(many(0).map((n) => labelOf(n, 'yes')));
  await installation.drained();
  await service.stop();
  assert.deepEqual(qualityOf(await installation.partials()), before);
  await installation.close();
});
