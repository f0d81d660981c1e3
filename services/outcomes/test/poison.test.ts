import assert from 'node:assert/strict';
import { after, describe, it, mock } from 'node:test';
import { QualitySketch } from '@tidemark/sketches';
import { DAMAGED, refusing } from '@tidemark/transport/test/refusing.js';
import type { OutcomeStore } from '../src/index.js';
import { eventOf, Installation, labelOf, qualityOf, removeStores } from './installation.js';

const EVENTS = Array.from({ length: 40 }, (_, n) => eventOf(n));
const SOUND = EVENTS.map((_, n) => labelOf(n, n % 2 === 0 ? 'yes' : 'no'));
const LATER = { observedAt: SOUND[0].observedAt + 1000 };
const POISONED = 17;

/** What comes of the sound labels and of some that replace them in their place. */
async function run(
  replaced: ReadonlyMap<number, string>,
  corrected = false,
  store?: (of: OutcomeStore) => OutcomeStore,
) {
  const installation = await Installation.open();
  const service = await installation.start({ store: (store ?? ((of) => of))(installation.store) });
  await installation.publishEvents(EVENTS);
  await installation.drained();
  const labels = SOUND.map((label, n) => ({ ...label, class: replaced.get(n) ?? label.class }));
  await installation.publishLabels(labels.filter(({ class: truth }) => truth !== 'none'));
  await installation.drained();
  if (corrected) await installation.publishLabels([labelOf(POISONED, 'yes', LATER)]);
  await installation.settled();
  await service.stop();
  const result = { quality: qualityOf(await installation.partials()), letters: await installation.deadLetters() };
  await installation.close();
  return result;
}

describe('A label whose own content makes later work fail', () => {
  after(removeStores);

  it('is found among all others and becomes a dead letter, be it as it is counted or as it is written', async () => {
    const without = await run(new Map([[POISONED, 'none']]));
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its own `this`
    const add = QualitySketch.prototype.addOutcome;
    const counting = mock.method(
      QualitySketch.prototype,
      'addOutcome',
      function (this: QualitySketch, ...all: Parameters<typeof add>) {
        if (all[1].class === 'poison') throw new RangeError('a truth that no sketch takes');
        return add.apply(this, all);
      },
    );
    const counted = await run(new Map([[POISONED, 'poison']]));
    // Neither is it taken back when it is corrected: it never counted.
    const corrected = await run(new Map([[POISONED, 'poison']]), true);
    counting.mock.restore();
    const written = await run(new Map([[POISONED, 'poison']]), false, (store) =>
      Object.assign(Object.create(store) as OutcomeStore, {
        writeLabels: (...[batch, rows]: Parameters<OutcomeStore['writeLabels']>) => {
          if (rows.some(({ label }) => label.truth.class === 'poison'))
            throw new RangeError('a truth that no row takes');
          return store.writeLabels(batch, rows);
        },
      }),
    );
    for (const { letters } of [counted, corrected, written]) {
      assert.deepEqual(
        letters.map(({ reason, rejectedBy, key }) => [reason, rejectedBy, String(Buffer.from(key!))]),
        [['unprocessable', 'outcomes', `e${POISONED}`]],
      );
    }
    assert.match(counted.letters[0].detail, /RangeError: a truth that no sketch takes/);
    assert.deepEqual(counted.quality, without.quality);
    assert.deepEqual(written.quality, without.quality);
    const whole = await run(new Map([[POISONED, 'yes']]));
    assert.deepEqual(corrected.quality, whole.quality);
  });

  it('is a dead letter of its own reason where its batch is damaged', async () => {
    const installation = await Installation.open();
    refusing(installation.log);
    const service = await installation.start();
    const producer = await installation.log.producer();
    await producer.send([{ topic: installation.topics.groundTruth, key: 'k', value: DAMAGED }]);
    await installation.drained();
    await service.stop();
    const letters = await installation.deadLetters();
    assert.deepEqual(
      letters.map(({ reason, detail }) => [reason, detail]),
      [['unreadable_batch', 'in a batch that is damaged']],
    );
    await installation.close();
  });
});
