import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { RecordReader, RecordWriter } from '@tidemark/contracts';
import type { Control, Monitor, StreamFailure } from '@tidemark/monitoring';
import type { OutRecord } from '@tidemark/transport';
import { DAMAGED, refusing } from '@tidemark/transport/test/refusing.js';
import type { DetectorOptions } from '../src/index.js';
import { closeStores, Installation, MONITOR } from './installation.js';

const MINUTES = 26;

/** What makes the windows of model `p` impossible to close, while it is on. */
class Poison {
  on = false;
  readonly monitors: readonly Monitor[];

  constructor() {
    const read = (): number => {
      if (this.on) throw new RangeError('a part that no window takes');
      return MONITOR.decision.resolveAfter;
    };
    const decision = Object.defineProperty({ ...MONITOR.decision }, 'resolveAfter', { get: read, enumerable: false });
    this.monitors = [MONITOR, { ...MONITOR, model: 'p', decision }];
  }
}

/** Two models, `m` and `p`, in one partition: the partials of both, then the watermark. */
async function records(installation: Installation): Promise<OutRecord[]> {
  const [sound, other] = [await installation.sketched(MINUTES), await installation.sketched(MINUTES, false, 20, 'p')];
  const mixed: OutRecord[] = [];
  for (const record of sound) {
    if (record.key === null) while (other.length > 0 && other[0].key !== null) mixed.push(other.shift()!);
    if (record.key === null) other.shift();
    mixed.push(record);
  }
  return mixed;
}

async function control(installation: Installation, kind: 'resume' | 'skip'): Promise<OutRecord[]> {
  const writer = await RecordWriter.open(installation.registry, ['Control']);
  const content: Control = {
    ...{ id: 'c', kind, by: 'ops', at: 0, comment: '' },
    model: 'p',
    version: '*',
    role: null,
  };
  return [{ topic: installation.topics.partials, partition: 0, key: null, value: writer.encode('Control', content) }];
}

/** Poisoned from the middle of the records on; with a restart while it is set aside, then mended, and brought back before the last ones. */
async function run(kind: 'resume' | 'skip' | null) {
  const installation = await Installation.open();
  const poison = new Poison();
  const failures: StreamFailure[] = [];
  let aside: number | null = null;
  const options: Partial<DetectorOptions> = {
    monitors: poison.monitors,
    onSetAside: (_, failure) => failures.push(failure),
    onFlush: (_, __, report) => (aside = report.setAside),
  };
  const all = await records(installation);
  const [first, second] = [Math.floor(all.length / 2), Math.floor((all.length * 3) / 4)];
  let detector = await installation.start(options);
  await installation.send(all.slice(0, first), detector);
  poison.on = kind !== null;
  await installation.send(all.slice(first, second), detector);
  const during = { aside, rows: await installation.rows() };
  await detector.stop();
  detector = await installation.start(options);
  await installation.send(all.slice(second, -20), detector);
  poison.on = false;
  if (kind !== null) await installation.send(await control(installation, kind), detector);
  await installation.send(all.slice(-20), detector);
  await installation.settled();
  await detector.stop();
  const result = { rows: await installation.rows(), events: await installation.driftEvents(), failures, during, aside };
  await installation.log.close();
  return result;
}

function ofModel(rows: Record<string, unknown[]>, view: string, model: string): unknown[] {
  return rows[view].filter((row) => (row as { model: string }).model === model);
}

describe('A stream that cannot go on', () => {
  after(closeStores);

  it('is set aside alone, told, and over a restart; brought back, it is judged as if it had never stopped', async () => {
    const unbroken = await run(null);
    const { rows, events, failures, during, aside } = await run('resume');
    assert.equal(failures.length, 1, 'told once');
    assert.deepEqual(failures[0].stream, { model: 'p', version: '1', role: 'champion' });
    assert.match(failures[0].error.stack ?? '', /a part that no window takes[^]*at /);
    assert.deepEqual([during.aside, aside], [1, 0]);
    const told = events.filter(({ signal }) => signal === 'stream-set-aside');
    assert.deepEqual(
      told.map(({ status, stream, notify }) => [status, stream.model, notify]),
      [
        ['opened', 'p', true],
        ['resolved', 'p', true],
      ],
    );
    assert.match(
      told[0].summary,
      /set aside at offset \d+ of partition 0: a part that no window takes;.*tidemark resume p 1/,
    );
    for (const view of ['panes', 'pane_columns', 'windows', 'baselines']) {
      assert.deepEqual(ofModel(rows, view, 'm'), ofModel(unbroken.rows, view, 'm'), `${view} of the sound one`);
      assert.deepEqual(ofModel(rows, view, 'p'), ofModel(unbroken.rows, view, 'p'), `${view} of the one brought back`);
    }
    const drift = (of: typeof events, model: string) =>
      of.filter(({ stream, signal }) => stream.model === model && signal !== 'stream-set-aside');
    assert.notEqual(drift(events, 'p').length, 0);
    for (const model of ['m', 'p']) assert.deepEqual(drift(events, model), drift(unbroken.events, model));
  });

  it('leaves nothing by half: no pane and no window of it from the record on at which it failed', async () => {
    const { during, rows } = await run('skip');
    const last = (view: string, column: string, model: string) =>
      (ofModel(during.rows, view, model) as Record<string, string>[])
        .map((row) => row[column])
        .sort()
        .at(-1)!;
    assert.ok(last('windows', 'window_start', 'p') < last('windows', 'window_start', 'm'));
    assert.ok(last('panes', 'pane_start', 'p') < last('panes', 'pane_start', 'm'));
    // Skipped, it begins anew with what came after that.
    const panes = ofModel(rows, 'panes', 'p') as Record<string, string>[];
    assert.ok(panes.some(({ pane_start }) => pane_start > last('panes', 'pane_start', 'm')));
  });

  it('is a dead letter where it is only a record that cannot be read', async () => {
    const installation = await Installation.open();
    refusing(installation.log);
    const detector = await installation.start();
    const place = { topic: installation.topics.partials, partition: 0, key: 'm' };
    await installation.send(
      [
        { ...place, value: Buffer.from([0, 1, 2]) },
        { ...place, value: DAMAGED },
      ],
      detector,
    );
    await detector.stop();
    const [letter, damaged] = await installation.recordsOf(installation.topics.deadLetters);
    const other = await new RecordReader(installation.registry).read(damaged.value, Date.now());
    assert.ok(other.ok && other.name === 'DeadLetter');
    assert.deepEqual([other.record.offset, other.record.reason], ['1', 'unreadable_batch']);
    const read = await new RecordReader(installation.registry).read(letter.value, Date.now());
    assert.ok(read.ok && read.name === 'DeadLetter');
    assert.deepEqual([read.record.rejectedBy, read.record.offset, read.record.reason], ['detector', '0', 'truncated']);
    assert.deepEqual(read.record.value, Buffer.from([0, 1, 2]));
    await installation.log.close();
  });
});
