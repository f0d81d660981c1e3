import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { Monitor } from '@tidemark/monitoring';
import { closeStores, Installation, MINUTE, MONITOR, START } from './installation.js';

const ROLLING: Monitor = {
  ...MONITOR,
  baseline: { from: 'rolling', length: 50 * MINUTE, lag: 10 * MINUTE, every: 15 * MINUTE, adoptAfter: null },
};
const MINUTES = 112;

/** Sends everything to a detector, which dies where it commits what comes at so many minutes, and is followed by another. */
async function run(crashAt: number | null) {
  const installation = await Installation.open();
  const records = await installation.sketched(MINUTES, false, 100);
  const start = () => installation.start({ monitors: [ROLLING] });
  let detector = await start();
  const until = crashAt === null ? records.length : Math.floor((crashAt / MINUTES) * records.length);
  await installation.send(records.slice(0, until), detector);
  if (crashAt !== null) {
    // Of the next commits, one is within the minute that a baseline is renewed in.
    installation.log.crash = { at: installation.log.commits + 2, when: 'before' };
    await installation.send(records.slice(until), detector);
    await assert.rejects(detector.done, /the power fails/);
    detector = await start();
    const sent = await installation.end();
    await installation.send(records.slice(sent), detector);
  }
  await installation.settled();
  await detector.stop();
  const rows = await installation.rows();
  const published = await installation.driftEvents();
  await installation.log.close();
  return { rows, published };
}

describe('A detector whose baseline rolls', () => {
  after(closeStores);

  it('renews it from the panes in the store, goes on with it, and leaves the same rows and alerts when it dies doing so', async () => {
    const unbroken = await run(null);
    const baselines = (unbroken.rows.baselines as { source: string; period_start: string; period_end: string }[]).map(
      ({ source, period_start, period_end }) => ({
        source,
        from: (Date.parse(`${period_start}Z`) - START) / MINUTE,
        to: (Date.parse(`${period_end}Z`) - START) / MINUTE,
      }),
    );
    assert.deepEqual(
      baselines.sort((a, b) => a.to - b.to || a.from - b.from),
      [
        { source: 'first windows', from: 0, to: 60 },
        { source: 'rolling', from: 10, to: 60 },
        { source: 'rolling', from: 25, to: 75 },
        { source: 'rolling', from: 40, to: 90 },
      ],
    );
    const opened = unbroken.published.filter(({ status, segment }) => status === 'opened' && segment.dimension === '');
    assert.deepEqual(
      opened.map(({ column, since }) => [column, (since - START) / MINUTE]),
      [['x', 100]],
    );
    for (const minute of [70, 85]) {
      const { rows, published } = await run(minute);
      for (const [view, expected] of Object.entries(unbroken.rows)) assert.deepEqual(rows[view], expected, view);
      assert.deepEqual(published, unbroken.published);
    }
  });
});
