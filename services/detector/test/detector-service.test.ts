import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DriftEvent } from '@tidemark/monitoring';
import type { OutRecord } from '@tidemark/transport';
import { aggregatesIn, type DetectorOptions } from '../src/index.js';
import { closeStores, Installation, type Crash } from './installation.js';

const MINUTES = 50;

/** What a run leaves behind. */
interface Outcome {
  readonly rows: Record<string, unknown[]>;
  readonly published: readonly DriftEvent[];
  readonly commits: number;
  /** How many rows the query of each drift event finds. */
  readonly found: readonly number[];
}

/** Sends everything to a detector; where it dies, a new one goes on. */
async function run(crash: Crash | null, late = false): Promise<Outcome> {
  const installation = await Installation.open();
  const { log } = installation;
  log.crash = crash;
  const records = await installation.sketched(MINUTES, late);
  let detector = await installation.start();
  await installation.send(records, detector);
  if (crash !== null) {
    await assert.rejects(detector.done, /the power fails/);
    detector = await installation.start();
  }
  await installation.settled();
  await detector.stop();
  const rows = await installation.rows();
  const published = await installation.driftEvents();
  const found: number[] = [];
  const { store } = installation;
  const queries = await store.query<{ query: string }>(`SELECT query FROM ${store.database}.drift_events`);
  for (const { query } of queries) found.push((await store.query(query)).length);
  await log.close();
  return { rows, published, commits: log.commits, found };
}

describe('A detector', () => {
  after(closeStores);
  let unbroken: Outcome;
  let withLate: Outcome;
  before(async () => {
    unbroken = await run(null);
    withLate = await run(null, true);
  });

  it('sends queries that find rows in the database that it writes to', () => {
    assert.ok(unbroken.found.length >= 2);
    assert.ok(Math.min(...unbroken.found) > 0, String(unbroken.found));
  });

  it('closes panes and windows, learns a baseline, and reports the drift', () => {
    const { rows, published } = withLate;
    const total = (rows.panes as { segment_dimension: string; events: number }[])
      .filter(({ segment_dimension }) => segment_dimension === '')
      .reduce((sum, { events }) => sum + events, 0);
    // The last two minutes have not been passed by the watermark and the allowed lateness, but for what came late for others.
    assert.ok(total > (MINUTES - 2) * 300 && total < MINUTES * 300, `${total} events`);
    assert.ok((rows.panes as { part: string }[]).some(({ part }) => part.startsWith('late-0-')));
    assert.equal(rows.baselines.length, 1);
    assert.notEqual(rows.windows.length, 0);
    const opened = published.filter(({ status, segment }) => status === 'opened' && segment.dimension === '');
    assert.deepEqual(
      opened.map(({ column, severity, since }) => ({ column, severity, since })),
      [{ column: 'x', severity: 'major', since: Date.UTC(2026, 0, 1, 0, 20) }],
    );
    const stored = (rows.drift_events as { id: string }[]).map(({ id }) => id);
    assert.deepEqual(published.map(({ id }) => id).sort(), stored.sort());
    assert.equal(new Set(stored).size, stored.length);
  });

  for (const when of ['before', 'after'] as const) {
    const what =
      when === 'before' ? 'between the writes to the store and the commit' : 'after the commit, unheard of its success';
    for (const share of [0.1, 0.2, 0.5, 0.9]) {
      it(`leaves the same rows and alerts when it dies ${what} (${share * 100} % of the way)`, async () => {
        const at = Math.round(unbroken.commits * share);
        const { rows, published } = await run({ at, when });
        for (const [view, expected] of Object.entries(unbroken.rows)) assert.deepEqual(rows[view], expected, view);
        assert.deepEqual(
          published.map(({ id }) => id),
          unbroken.published.map(({ id }) => id),
          'each alert once, in the same order',
        );
        assert.deepEqual(published, unbroken.published);
      });
    }
  }

  for (const when of ['before', 'after'] as const) {
    it(`doubles and loses none of what came late, over a crash ${when} the commit`, async () => {
      const { rows, published } = await run({ at: Math.round(withLate.commits / 2), when }, true);
      assert.deepEqual(rows.panes, withLate.rows.panes);
      assert.deepEqual(rows.pane_columns, withLate.rows.pane_columns);
      // The parts of a pane are merged in another order after a restart: estimates from digests move within their error.
      const counted = (windows: readonly unknown[]) =>
        (windows as Record<string, unknown>[]).map(({ segment_value, column, window_start, events, values, psi }) => ({
          ...{ segment_value, column, window_start, events, values },
          psi: psi === null ? null : Number(psi).toFixed(1),
        }));
      assert.deepEqual(counted(rows.windows), counted(withLate.rows.windows));
      const told = (events: readonly DriftEvent[]) =>
        events.map(({ status, column, segment, windowEnd, severity, windowEvents }) => ({
          ...{ status, column, segment, windowEnd, severity, windowEvents },
        }));
      assert.deepEqual(told(published), told(withLate.published));
    });
  }

  it('writes to the store before it commits, panes first', async () => {
    const installation = await Installation.open();
    const order: string[] = [];
    const { log, store } = installation;
    const noting = <Rows extends { readonly length: number }>(name: string, write: (rows: Rows) => Promise<void>) => {
      return async (rows: Rows) => {
        await write(rows);
        if (rows.length > 0) order.push(name);
      };
    };
    const aggregates = aggregatesIn(store);
    const watched: DetectorOptions['store'] = {
      database: aggregates.database,
      writePanes: noting('panes', (rows) => aggregates.writePanes(rows)),
      writeBaselines: noting('baselines', (rows) => aggregates.writeBaselines(rows)),
      writeWindows: noting('windows', (rows) => aggregates.writeWindows(rows)),
      writeQuality: noting('quality', (rows) => aggregates.writeQuality(rows)),
      writeIncidentAnswers: noting('answers', (rows) => aggregates.writeIncidentAnswers(rows)),
      writeDriftEvents: noting('drift events', (rows) => aggregates.writeDriftEvents(rows)),
      readPanes: (needed) => aggregates.readPanes(needed),
    };
    const detector = await installation.start({ store: watched, onFlush: () => order.push('commit') });
    const records = await installation.sketched(30);
    await installation.send(records, detector, records.length);
    await detector.stop();
    const first = order.slice(0, order.indexOf('commit') + 1);
    assert.deepEqual(first, ['panes', 'baselines', 'windows', 'drift events', 'commit']);
    await log.close();
  });

  it('stops where another has taken over, and its successor leaves everything once', async () => {
    const installation = await Installation.open();
    const { log, topics } = installation;
    const records = await installation.sketched(MINUTES);
    const half = Math.floor(records.length / 2);
    const fenced = await installation.start();
    await installation.send(records.slice(0, half), fenced);
    await log.transactionalProducer(`tidemark-detector-${topics.partials}-0`);
    await installation.send(records.slice(half), fenced);
    await assert.rejects(fenced.done, { code: 'fenced', retriable: false });
    const successor = await installation.start();
    await installation.settled();
    await successor.stop();
    assert.deepEqual(await installation.rows(), unbroken.rows);
    assert.deepEqual(await installation.driftEvents(), unbroken.published);
    await log.close();
  });

  it('reports a record that it cannot read, and passes over it', async () => {
    const installation = await Installation.open();
    const { log, topics } = installation;
    const records = await installation.sketched(20);
    const [partial] = records;
    assert.ok(partial.value !== null);
    const unreadable: OutRecord[] = [
      Buffer.from('garbage'),
      Buffer.alloc(0),
      partial.value.subarray(0, partial.value.length - 9),
      Buffer.from([0, 0, 0, 99, 99, 1, 2, 3]),
    ].map((value) => ({ topic: topics.partials, partition: 0, key: null, value }));
    const reports: [offset: number, reason: string][] = [];
    const detector = await installation.start({
      onUnreadable: ({ offset }, reason) => reports.push([offset, reason.slice(0, reason.indexOf(':'))]),
    });
    await installation.send([...records.slice(0, 10), ...unreadable, ...records.slice(10)], detector);
    await detector.stop();
    assert.deepEqual(reports, [
      [10, 'bad_magic'],
      [11, 'empty'],
      [12, 'truncated'],
      [13, 'unknown_schema'],
    ]);
    const [{ events }] = await installation.store.query<{ events: number }>(
      `SELECT sum(events) AS events FROM ${installation.store.database}.panes WHERE segment_dimension = '' AND part = 'pane'`,
    );
    const before = (
      unbroken.rows.panes as { pane_start: string; segment_dimension: string; part: string; events: number }[]
    )
      .filter((row) => row.segment_dimension === '' && row.part === 'pane' && row.pane_start < '2026-01-01 00:19')
      .reduce((sum, row) => sum + row.events, 0);
    assert.equal(events, before);
    await log.close();
  });

  it('stops with the error of the store, so that the service begins anew later', async () => {
    const installation = await Installation.open();
    const aggregates = aggregatesIn(installation.store);
    const failing = { ...aggregates, writeWindows: () => Promise.reject(new Error('the disk is full')) };
    const detector = await installation.start({ store: failing });
    await installation.send(await installation.sketched(20), detector);
    await assert.rejects(detector.done, /the disk is full/);
    assert.equal((await installation.recordsOf(installation.topics.driftEvents)).length, 0);
    await installation.log.close();
  });
});
