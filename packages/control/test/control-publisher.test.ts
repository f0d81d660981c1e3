import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalRegistry, RecordReader, topicsOf, type ReadRecord } from '@tidemark/contracts';
import type { Baseline, Control } from '@tidemark/monitoring';
import { MemoryLog, type LogRecord } from '@tidemark/transport';
import {
  contentHash,
  ControlError,
  ControlPublisher,
  ControlState,
  monitorChanges,
  removalOf,
  rollbackOf,
} from '../src/index.js';

const PARTITIONS = 3;
const ORIGIN = { by: 'ann', at: 1_700_000_000_000, comment: 'as agreed' };
const A1 = { model: 'a', version: '*', document: 'model: a\n' };
const A2 = { ...A1, document: 'model: a\npane: 30s\n' };
const B = { model: 'b', version: '7', document: "model: b\nversion: '7'\n" };

async function installation() {
  const log = new MemoryLog();
  const topics = topicsOf('t.');
  await log.ensureTopics([
    { topic: topics.partials, partitions: PARTITIONS },
    { topic: topics.monitors, partitions: 1, compacted: true },
    { topic: topics.baselines, partitions: 1, compacted: true },
  ]);
  const options = { log, registry: new LocalRegistry(), topics, now: () => ORIGIN.at };
  const recordsOf = async (topic: string): Promise<LogRecord[]> => {
    const records: LogRecord[] = [];
    await (await log.follow(topic, (record) => void records.push(record))).stop();
    return records;
  };
  /** The control records of each partition of the partials. */
  const controls = async (): Promise<Control[][]> => {
    const reader = new RecordReader(options.registry, { names: ['Control'] });
    const found: Control[][] = Array.from({ length: PARTITIONS }, () => []);
    for (const { partition, value } of await recordsOf(topics.partials)) {
      const read = await reader.read(value, ORIGIN.at);
      assert.ok(read.ok);
      found[partition].push((read as Extract<ReadRecord, { name: 'Control' }>).record);
    }
    return found;
  };
  const state = () => ControlState.read(log, options.registry, topics, options.now);
  const apply = async (...wanted: (typeof A1)[]) => {
    const publisher = await ControlPublisher.open(options);
    const changed = await publisher.applyMonitors(monitorChanges(publisher.state, wanted, false, ORIGIN));
    await publisher.close();
    return changed;
  };
  return { ...options, options, recordsOf, controls, state, apply };
}

test('what is applied is on the topic of monitors, and told to every partition of the partials with its content', async () => {
  const { apply, state, controls } = await installation();
  assert.equal(await apply(A1, B), 2);
  assert.deepEqual(
    (await state()).monitors.map(({ model, version, revision, appliedBy, appliedAt, comment, document }) => [
      ...[model, version, revision, appliedBy, appliedAt, comment, document],
    ]),
    [A1, B].map(({ model, version, document }) => [model, version, 1, 'ann', ORIGIN.at, 'as agreed', document]),
  );
  const told = await controls();
  assert.equal(told[0].length, 2);
  for (const each of told) assert.deepEqual(each, told[0]);
  const [first] = told[0];
  assert.ok(first.kind === 'monitor' && first.document === A1.document && first.revision === 1 && first.by === 'ann');
});

test('what stands already is not published again, and a change is a revision with the one before it kept', async () => {
  const { apply, state, controls } = await installation();
  await apply(A1);
  assert.equal(await apply(A1), 0);
  assert.equal((await controls())[0].length, 1);
  assert.equal(await apply(A2), 1);
  const monitor = (await state()).monitor('a', '*');
  assert.deepEqual([monitor?.revision, monitor?.document], [2, A2.document]);
  assert.deepEqual(
    monitor?.history.map(({ revision, document }) => [revision, document]),
    [[1, A1.document]],
  );
});

test('prune removes what is not among the documents; a removed monitor can be rolled back to', async () => {
  const { apply, state, options } = await installation();
  await apply(A1, B);
  const publisher = await ControlPublisher.open(options);
  const changes = monitorChanges(publisher.state, [A2], true, ORIGIN);
  assert.deepEqual(
    changes.map(({ model, action }) => [model, action]),
    [
      ['a', 'change'],
      ['b', 'remove'],
    ],
  );
  await publisher.applyMonitors(changes);
  const removed = (await state()).monitor('b', '7')!;
  assert.deepEqual([removed.revision, removed.document], [2, null]);
  // It is not removed twice.
  assert.equal(monitorChanges(await state(), [A2], true, ORIGIN).filter(({ after }) => after !== null).length, 0);
  const back = rollbackOf(removed, null, ORIGIN);
  assert.deepEqual([back.action, back.after?.revision, back.after?.document], ['add', 3, B.document]);
  assert.throws(() => rollbackOf(removed, 9, ORIGIN), ControlError);
  assert.equal(removalOf(back.after!, ORIGIN).after?.revision, 4);
});

test('of two that apply at the same time one is told that nothing of its own was published', async () => {
  const { options, state } = await installation();
  const slow = await ControlPublisher.open(options);
  const quick = await ControlPublisher.open(options);
  await quick.applyMonitors(monitorChanges(quick.state, [A2], false, ORIGIN));
  await assert.rejects(
    slow.applyMonitors(monitorChanges(slow.state, [A1, B], false, ORIGIN)),
    (error) => error instanceof ControlError && error.code === 'overtaken',
  );
  assert.deepEqual(
    (await state()).monitors.map(({ model, document }) => [model, document]),
    [['a', A2.document]],
  );
});

test('a history is bounded, in revisions and bytes, and a document that is too large is refused', async () => {
  const { state, apply } = await installation();
  for (let n = 0; n < 25; n++) await apply({ ...A1, document: `model: a\n# ${n}\n` });
  const { history, revision } = (await state()).monitor('a', '*')!;
  assert.deepEqual([revision, history.length, history[0].revision], [25, 20, 24]);
  const large = (n: number) => ({ ...A1, document: `model: a\n# ${String(n).repeat(200_000)}\n` });
  for (let n = 1; n < 9; n++) await apply(large(n));
  assert.equal((await state()).monitor('a', '*')?.history.length, 5);
  assert.throws(
    () => monitorChanges(new ControlState(), [{ ...A1, document: 'x'.repeat(300_000) }], false, ORIGIN),
    (error) => error instanceof ControlError && error.code === 'too-large',
  );
});

test('a mute is kept until it is taken back; those that were over long ago are forgotten with the next', async () => {
  const { options, state, controls } = await installation();
  const day = 86_400_000;
  const mute = { from: ORIGIN.at - 40 * day, to: ORIGIN.at - 39 * day, every: null, reason: 'sale', columns: null };
  const publish = async (action: (publisher: ControlPublisher) => Promise<unknown>) => {
    const publisher = await ControlPublisher.open(options);
    await action(publisher);
    await publisher.close();
  };
  await publish((publisher) => publisher.mute(A1, mute, ORIGIN));
  assert.equal((await state()).mutes.length, 1);
  await publish((publisher) => publisher.mute(A1, { ...mute, to: ORIGIN.at + day, reason: 'move' }, ORIGIN));
  const [kept, ...others] = (await state()).mutes;
  assert.deepEqual([kept.mute.reason, others], ['move', []]);
  await publish((publisher) => publisher.unmute(kept.id, ORIGIN));
  assert.deepEqual((await state()).mutes, []);
  await assert.rejects(
    publish((publisher) => publisher.unmute(kept.id, ORIGIN)),
    (error) => error instanceof ControlError && error.code === 'unknown',
  );
  assert.deepEqual(
    (await controls())[2].map(({ kind }) => kind),
    ['mute', 'mute', 'unmute'],
  );
});

test('a baseline and the record that puts it in force are one transaction, with the hash of what was written', async () => {
  const { options, controls, recordsOf, topics } = await installation();
  const publisher = await ControlPublisher.open(options);
  const baseline: Baseline = {
    ...{
      id: 'b1',
      model: 'a',
      version: '*',
      createdAt: 5,
      source: 'file.csv',
      rows: 1,
      periodStart: null,
      periodEnd: null,
    },
    ...{ columns: [], windows: null, quality: null, kept: null },
  };
  await publisher.publishBaseline(baseline, ORIGIN);
  const [{ value }] = await recordsOf(topics.baselines);
  const [[control]] = await controls();
  assert.ok(control.kind === 'baseline');
  assert.deepEqual([control.baselineId, control.hash], ['b1', contentHash(value!)]);
});

test('a monitor that a newer version wrote is not written over', async () => {
  const { options, log, topics } = await installation();
  const producer = await log.producer();
  await producer.send([
    { topic: topics.monitors, key: JSON.stringify(['a', '*']), value: Buffer.from([0, 0, 0, 0, 99, 1]) },
  ]);
  const publisher = await ControlPublisher.open(options);
  assert.throws(
    () => monitorChanges(publisher.state, [A1], false, ORIGIN),
    (error) => error instanceof ControlError && error.code === 'unreadable',
  );
});
