import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { RecordReader, RecordWriter } from '@tidemark/contracts';
import { ControlPublisher, monitorChanges } from '@tidemark/control';
import type { PassedOverBaseline } from '../src/index.js';
import { closeStores, Installation, MINUTE, MONITOR, START } from './installation.js';

after(closeStores);

const ORIGIN = { by: 'ann', at: START, comment: '' };

async function published(
  installation: Installation,
  act: (publisher: ControlPublisher) => Promise<unknown>,
): Promise<void> {
  const { log, registry, topics } = installation;
  const publisher = await ControlPublisher.open({ log, registry, topics, now: () => START });
  await act(publisher);
  await publisher.close();
}

/** A monitor that judges nothing worth an incident, with windows and baseline as those of the tests. */
const NEVER = [
  'model: m',
  'windows: [5m]',
  'segments: [country]',
  'baseline: {first_windows: 2, events: 1000}',
  'quality: off',
  'prediction_log: off',
  'decision: {psi: {minor: 50, moderate: 60, major: 70}, rate: {minor: 0.97, moderate: 0.98, major: 0.99}}',
  '',
].join('\n');

test('a monitor that is applied takes force in a running detector from its record on, and is remembered over restarts', async () => {
  const installation = await Installation.open();
  const records = await installation.sketched(60);
  let detector = await installation.start();
  // The shift begins at minute 20: before it, nothing has opened.
  const before = Math.floor(records.length / 4);
  await installation.send(records.slice(0, before), detector);
  const wanted = [{ model: 'm', version: '*', document: NEVER }];
  await published(installation, (publisher) =>
    publisher.applyMonitors(monitorChanges(publisher.state, wanted, false, ORIGIN)),
  );
  await installation.send(records.slice(before, 2 * before), detector);
  await detector.stop();
  detector = await installation.start();
  await installation.send(records.slice(2 * before), detector);
  await installation.settled();
  await detector.stop();
  const opened = (await installation.driftEvents()).filter(({ status }) => status === 'opened');
  assert.deepEqual(opened, []);

  // Nothing was lost or doubled by the change.
  const { panes } = await installation.rows();
  const counted = (panes as { segment_value: string; events: number | string }[])
    .filter(({ segment_value: value }) => value === '')
    .reduce((sum, { events }) => sum + Number(events), 0);
  assert.ok(counted >= 300 * 57 && counted <= 300 * 60, `${counted} events`);

  const unchanged = await Installation.open();
  const plain = await unchanged.start({ monitors: [MONITOR] });
  await unchanged.send(await unchanged.sketched(60), plain);
  await unchanged.settled();
  await plain.stop();
  assert.ok((await unchanged.driftEvents()).some(({ status }) => status === 'opened'));
});

test('a mute holds for what is judged after it, and answers about incidents are in the store', async () => {
  const installation = await Installation.open();
  const records = await installation.sketched(60);
  const detector = await installation.start();
  const before = Math.floor(records.length / 4);
  await installation.send(records.slice(0, before), detector);
  const mute = { from: START, to: START + 120 * MINUTE, every: null, reason: 'sale', columns: null };
  await published(installation, (publisher) => publisher.mute({ model: 'm', version: '*' }, mute, ORIGIN));
  await installation.send(records.slice(before), detector);
  const [incident] = (await installation.driftEvents()).filter(({ status }) => status === 'opened');
  assert.deepEqual([incident.notify, incident.muted], [false, 'sale']);
  const { incidentId } = incident;
  await published(installation, (publisher) =>
    publisher.publish({ kind: 'feedback', incidentId, answer: 'false-alarm' }, { ...ORIGIN, comment: 'a sale' }),
  );
  await installation.settled();
  await detector.stop();
  const rows = await installation.store.query(
    `SELECT incident_id, kind, answer, said_by, comment FROM ${installation.store.database}.incident_answers`,
  );
  assert.deepEqual(rows, [
    { incident_id: incidentId, kind: 'feedback', answer: 'false-alarm', said_by: 'ann', comment: 'a sale' },
  ]);
});

test('a baseline that an older command line published, without a control record, is told where another holds by one', async () => {
  const installation = await Installation.open();
  const told: unknown[] = [];
  const onBaselinePassedOver = (partition: number, of: PassedOverBaseline) => void told.push({ partition, ...of });
  let detector = await installation.start({ onBaselinePassedOver });
  await installation.send(await installation.sketched(15), detector);
  await installation.settled();
  const read = async () => {
    const records = await installation.recordsOf(installation.topics.baselines);
    const last = await new RecordReader(installation.registry).read(records[records.length - 1].value, START);
    assert.ok(last.ok && last.name === 'Baseline');
    return last.record;
  };
  const learnt = await read();
  const second = { ...learnt, id: `${learnt.id}-2`, createdAt: learnt.createdAt + 1 };
  await published(installation, (publisher) => publisher.publishBaseline(second, ORIGIN));
  await installation.settled();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(told, [], 'neither of one that was learnt nor of one with a control record');

  const { registry, topics, log } = installation;
  const writer = await RecordWriter.open(registry, ['Baseline']);
  const third = { ...learnt, id: `${learnt.id}-3`, createdAt: learnt.createdAt + 2 };
  const key = JSON.stringify(['m', learnt.version]);
  await (await log.producer()).send([{ topic: topics.baselines, key, value: writer.encode('Baseline', third) }]);
  const deadline = Date.now() + 10_000;
  while (told.length === 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
  const expected = { partition: 0, model: 'm', version: learnt.version, baselineId: third.id, inForce: second.id };
  assert.deepEqual(told, [expected]);
  await detector.stop();
  // A new process says so too, until it is published by this version.
  detector = await installation.start({ onBaselinePassedOver });
  while (told.length === 1 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(told, [expected, expected]);
  await detector.stop();
});
