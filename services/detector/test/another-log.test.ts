import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { OffsetOutOfRange } from '@tidemark/runtime';
import { closeStores, Installation, MINUTE, START } from './installation.js';

const MINUTES = 50;
/** At which minute the topic of the partials is made anew; the drift begins at 20. */
const CUT = 30;
/** Or so early that more comes after it than before. */
const EARLY = 15;

interface WindowRow {
  readonly segment_value: string;
  readonly column: string;
  readonly window_start: string;
  readonly events: number;
}

/** The windows that begin after a minute, with their events. */
async function windowsAfter(installation: Installation, minute: number): Promise<unknown[]> {
  const { windows } = await installation.rows();
  return (windows as WindowRow[])
    .filter(({ window_start }) => Date.parse(`${window_start}Z`) >= START + minute * MINUTE)
    .map(({ segment_value, column, window_start, events }) => ({ segment_value, column, window_start, events }));
}

/** The same installation after the topic of the partials has been made anew: what was in it is gone, all other topics are as they were. */
async function madeAnew(before: Installation): Promise<Installation> {
  const installation = Object.assign(await Installation.open(), { registry: before.registry, store: before.store });
  const producer = await installation.log.producer();
  for (const topic of [before.topics.detectorState, before.topics.baselines, before.topics.driftEvents]) {
    await producer.send((await before.recordsOf(topic)).map(({ key, value }) => ({ topic, key, value })));
  }
  return installation;
}

describe('A detector whose topic was made anew', () => {
  after(closeStores);

  it('tells so, judges the traffic that comes from then on, and still knows its baseline and incidents', async () => {
    const whole = await Installation.open();
    const unbroken = await whole.start();
    await whole.send(await whole.sketched(MINUTES), unbroken);
    await unbroken.stop();
    const expected = await windowsAfter(whole, CUT);
    assert.ok(expected.length > 0);

    const before = await Installation.open();
    const records = await before.sketched(MINUTES);
    const cut = (await before.sketched(CUT)).length;
    const first = await before.start();
    await before.send(records.slice(0, cut), first);
    await first.stop();
    const position = await before.position();

    const anew = await madeAnew(before);
    const producer = await anew.log.producer();
    await producer.send(records.slice(cut));
    const end = await anew.end();
    assert.ok(end < position);
    const told: OffsetOutOfRange[] = [];
    const second = await anew.start({ onOffsetOutOfRange: (report) => told.push(report) });
    await Promise.race([
      second.done,
      (async () => {
        while ((await anew.position()) !== end) await new Promise((resolve) => setTimeout(resolve, 5));
      })(),
    ]);
    await second.stop();
    const { partials: topic } = anew.topics;
    assert.deepEqual(told, [{ service: 'detector', topic, partition: 0, position, begin: 0, end, continuedAt: 0 }]);
    assert.deepEqual(await windowsAfter(anew, CUT), expected);
    const opened = (await anew.driftEvents()).filter(
      ({ status, column, segment }) => status === 'opened' && column === 'x' && segment.dimension === '',
    );
    assert.equal(opened.length, 1, 'the incident of before is still the same one');
    const { baselines } = await anew.rows();
    assert.equal(baselines.length, 1, 'and the baseline is not learnt anew');
    await Promise.all([whole.log.close(), before.log.close(), anew.log.close()]);
  });

  it('also where the new one has grown past the position before it starts again', async () => {
    const whole = await Installation.open();
    const unbroken = await whole.start();
    await whole.send(await whole.sketched(MINUTES), unbroken);
    await unbroken.stop();
    const expected = await windowsAfter(whole, EARLY);

    const before = await Installation.open();
    const records = await before.sketched(MINUTES);
    const cut = (await before.sketched(EARLY)).length;
    const first = await before.start();
    await before.send(records.slice(0, cut), first);
    await first.stop();
    const position = await before.position();

    const anew = await madeAnew(before);
    await (await anew.log.producer()).send(records.slice(cut));
    const end = await anew.end();
    assert.ok(end > position);
    const told: OffsetOutOfRange[] = [];
    const options = { onOffsetOutOfRange: (report: OffsetOutOfRange) => told.push(report) };
    let detector = await anew.start(options);
    const until = async (count: number): Promise<void> => {
      const deadline = Date.now() + 20_000;
      while ((await anew.position()) !== count || told.length === 0) {
        assert.ok(Date.now() < deadline, 'twenty seconds have passed');
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    await until(end);
    await detector.stop();
    // Its state is now of the new one.
    detector = await anew.start(options);
    await until(end);
    await detector.stop();
    const { partials: topic } = anew.topics;
    assert.deepEqual(told, [
      { service: 'detector', topic, partition: 0, position, begin: 0, end, continuedAt: 0, isOfAnotherTopic: true },
    ]);
    assert.deepEqual(await windowsAfter(anew, EARLY), expected);
    await Promise.all([whole.log.close(), before.log.close(), anew.log.close()]);
  });

  it('once, though the new one was empty when that was noticed', async () => {
    const before = await Installation.open();
    const records = await before.sketched(EARLY);
    const first = await before.start();
    await before.send(records, first);
    await first.stop();

    const anew = await madeAnew(before);
    const told: OffsetOutOfRange[] = [];
    const options = { onOffsetOutOfRange: (report: OffsetOutOfRange) => told.push(report) };
    const states = (await anew.recordsOf(anew.topics.detectorState)).length;
    const second = await anew.start(options);
    const deadline = Date.now() + 20_000;
    while ((await anew.recordsOf(anew.topics.detectorState)).length === states) {
      assert.ok(Date.now() < deadline, 'the new position was not saved within twenty seconds');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await second.stop();
    // As far as the position in the log of before.
    await (await anew.log.producer()).send(records);
    const third = await anew.start(options);
    while ((await anew.position()) !== records.length) await new Promise((resolve) => setTimeout(resolve, 5));
    await third.stop();
    assert.deepEqual(
      told.map(({ end, continuedAt }) => [end, continuedAt]),
      [[0, 0]],
    );
    await Promise.all([before.log.close(), anew.log.close()]);
  });
});
