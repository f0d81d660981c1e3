import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { GroundTruth } from '@tidemark/contracts';
import { predictionsOf, OutcomeSketcher, type EventBatch } from '@tidemark/monitoring';
import { EventBatches, EventDecoder, type InferenceEvent } from '@tidemark/contracts';
import { writeLabelingRequests } from '@tidemark/store';
import type { LabelReport, RevisitReport } from '../src/index.js';
import {
  eventOf,
  Installation,
  labelOf,
  MONITOR,
  monitorOf,
  PARTITIONS,
  qualityOf,
  removeStores,
  START,
  Trap,
  trapped,
  until,
  type Failure,
} from './installation.js';

after(removeStores);

/** The outcomes of events and the labels that hold, as partials. */
function expected(installation: Installation, events: readonly InferenceEvent[], holding: readonly GroundTruth[]) {
  const decoder = new EventDecoder(installation.registry);
  const batches = new EventBatches();
  for (const { eventTime, eventId, ...event } of events) {
    const json = JSON.stringify({ ...event, event_id: eventId, event_time: eventTime });
    decoder.decode(Buffer.from(json), batches, Date.now());
  }
  const sketcher = new OutcomeSketcher({ monitorOf: () => MONITOR, baselineOf: () => null });
  for (const batch of batches as Iterable<EventBatch>) {
    for (const { prediction } of predictionsOf(batch, MONITOR)) {
      const label = holding.find(({ eventId }) => eventId === prediction.eventId);
      if (label === undefined) continue;
      const { stream, eventTime, segments, answer } = prediction;
      const truth = { class: label.class, value: label.value };
      const inclusionProbability = label.inclusionProbability ?? 1;
      sketcher.fold([{ stream, eventTime, segments, answer, truth, inclusionProbability, sign: 1 }]);
    }
  }
  return qualityOf(sketcher.drain());
}

const EVENTS = Array.from({ length: 300 }, (_, n) => eventOf(n));
const LATER = { observedAt: labelOf(0, '').observedAt + 1000 };

/** Labels with repeats, corrections in either order, and some of events that never come; and what holds in the end. */
const LABELS = EVENTS.flatMap((_, n) => {
  const first = labelOf(n, n % 2 === 0 ? 'yes' : 'no');
  const corrected = labelOf(n, 'no', LATER);
  if (n % 7 === 0) return [first, first];
  if (n % 7 === 1) return [first, corrected, corrected];
  if (n % 7 === 2) return [corrected, first];
  return n % 7 === 3 ? [] : [first];
});
const HOLDING = EVENTS.flatMap((_, n) => {
  if (n % 7 === 3) return [];
  return [n % 7 === 1 || n % 7 === 2 ? labelOf(n, 'no', LATER) : labelOf(n, n % 2 === 0 ? 'yes' : 'no')];
});

describe('The outcomes service', () => {
  test('joins labels with predictions while instances come and go', async () => {
    const installation = await Installation.open();
    const first = await installation.start();
    for (let at = 0; at < EVENTS.length; at += 50) await installation.publishEvents(EVENTS.slice(at, at + 50));
    await installation.publishLabels(LABELS.slice(0, 200));
    const second = await installation.start();
    await installation.publishLabels(LABELS.slice(200));
    await first.stop();
    const third = await installation.start();
    await installation.publishLabels(LABELS.slice(0, 50));
    await installation.drained();
    await installation.settled();
    await Promise.all([second.stop(), third.stop()]);
    assert.deepEqual(qualityOf(await installation.partials()), expected(installation, EVENTS, HOLDING));
    await installation.close();
  });

  test('lets labels wait that come before their predictions, and gives up those that wait too long', async () => {
    const installation = await Installation.open();
    const revisits: RevisitReport[] = [];
    const reports: LabelReport[] = [];
    const monitors = [monitorOf('model: m\npane: 1m\nsegments: [country]\nprediction_log: {orphan_after: 2s}')];
    const service = await installation.start({
      monitors,
      onLabels: (_, report) => reports.push(report),
      onRevisit: (_, report) => revisits.push(report),
    });
    const now = { observedAt: Date.now() };
    const early = EVENTS.slice(0, 100).map((_, n) => labelOf(n, 'yes', now));
    const orphans = Array.from({ length: 5 }, (_, n) => labelOf(1000 + n, 'yes', now));
    await installation.publishLabels([...early, ...orphans]);
    await installation.drained();
    assert.deepEqual(await installation.partials(), []);
    assert.equal(sum(reports, 'waiting'), 105);
    await installation.publishEvents(EVENTS.slice(0, 100));
    await until(() => sum(reports, 'joined') === 100 && sum(revisits, 'orphaned') === 5);
    await until(() => revisits.slice(-3).every(({ waiting }) => waiting === 0));
    await service.stop();
    assert.deepEqual(qualityOf(await installation.partials()), expected(installation, EVENTS.slice(0, 100), early));
    await installation.close();
  });

  test('keeps of a label that waits what it is made of, however large the record is', async () => {
    const installation = await Installation.open();
    const { log, topics, database } = installation;
    const joined: number[] = [];
    const service = await installation.start({ onLabels: (_, report) => joined.push(report.joined) });
    const { eventId, model } = labelOf(3, 'yes');
    const label = { event_id: eventId, model, class: 'yes', observed_at: Date.now(), note: 'x'.repeat(1_000_000) };
    const producer = await log.producer();
    await producer.send([{ topic: topics.groundTruth, key: eventId, value: Buffer.from(JSON.stringify(label)) }]);
    await until(async () => (await installation.waiting()) === 1);
    const [{ bytes }] = await database.query<{ bytes: number }>(
      "SELECT length(record) AS bytes FROM test.waiting_labels WHERE fate = 'waiting'",
    );
    assert.ok(bytes > 0 && bytes < 5000, String(bytes));
    await installation.publishEvents(EVENTS.slice(0, 10));
    await until(() => joined.includes(1));
    await service.stop();
    await installation.close();
  });

  test('tells once that too many labels have no prediction, on the alert topic and in the store', async () => {
    const installation = await Installation.open();
    const revisits: RevisitReport[] = [];
    const monitors = [monitorOf('model: m\npane: 1m\nprediction_log: {orphan_after: 0s, most_orphans: 0.2}')];
    const service = await installation.start({ monitors, onRevisit: (_, report) => revisits.push(report) });
    await installation.publishEvents(EVENTS);
    await installation.drained();
    await installation.publishLabels(EVENTS.map((_, n) => labelOf(n, 'yes')));
    await installation.drained();
    const orphans = Array.from({ length: 300 }, (_, n) => labelOf(1000 + n, 'yes'));
    await installation.publishLabels(orphans);
    await until(() => sum(revisits, 'orphaned') === orphans.length);
    await until(async () => (await installation.driftEvents()).length > 0);
    await service.stop();
    const events = await installation.driftEvents();
    assert.ok(events.every(({ signal, stream }) => signal === 'labels-orphaned' && stream.model === 'm'));
    const stored = await installation.database.query<{ id: string }>('SELECT id FROM test.drift_events ORDER BY id');
    assert.deepEqual(
      stored.map(({ id }) => id),
      events.map(({ id }) => id).sort(),
    );
    // One a partition at most.
    assert.ok(events.length >= 1 && events.length <= PARTITIONS, String(events.length));
    await installation.close();
  });

  test('takes no label for rarer than its event was chosen, and none that says so of an event nobody asked for', async () => {
    const installation = await Installation.open();
    const requestOf = (n: number, inclusionProbability: number, version = '1') => ({
      stream: { model: 'm', version, role: 'champion' as const },
      ...{ eventId: `e${n}`, eventTime: START, inclusionProbability, reason: 'uniform' as const, stratum: '' },
      ...{ baselineId: null, segments: {}, features: {} },
      answer: { score: null, class: null, value: null, confidence: null, probabilities: new Map<string, number>() },
    });
    await writeLabelingRequests(installation.database, [
      ...[requestOf(0, 0.5), requestOf(1, 1e-8), requestOf(2, 0.25), requestOf(5, 0.5, '2')],
    ]);
    const service = await installation.start();
    await installation.publishEvents(EVENTS.slice(0, 10));
    await installation.drained();
    const stating = (n: number, inclusionProbability: number | null, more: Partial<GroundTruth> = {}) =>
      labelOf(n, 'yes', { inclusionProbability, ...more });
    await installation.publishLabels([
      // Far rarer than asked, as asked however rare, and less rare than asked.
      ...[stating(0, 1e-9), stating(1, 1e-8), stating(2, 0.75)],
      // Nobody asked: believed within bounds.
      ...[stating(3, 0.1), stating(4, null), stating(5, 1e-9, { version: '1' }), stating(6, 1e-7), stating(7, 1e-300)],
    ]);
    await installation.drained();
    await service.stop();
    const letters = await installation.deadLetters();
    assert.deepEqual(letters.map(({ reason, detail }) => `${reason}: ${detail.replace(/(?<=nobody).*/, '')}`).sort(), [
      'wrong_type: inclusion_probability is 1e-300; no event is chosen with less than 2.3283064365386963e-10',
      'wrong_type: inclusion_probability is 1e-7, and nobody',
      'wrong_type: inclusion_probability is 1e-9, and nobody',
    ]);
    const refused = letters.filter(({ detail }) => detail.includes('nobody'));
    assert.deepEqual(refused.map(({ key }) => Buffer.from(key!).toString()).sort(), ['e5', 'e6']);
    assert.ok(refused.every(({ value, topic }) => value!.length > 5 && topic === 'test.ground-truth'));
    const holding = [stating(0, 0.5), stating(1, 1e-8), stating(2, 0.75), stating(3, 0.1), stating(4, null)];
    assert.deepEqual(qualityOf(await installation.partials()), expected(installation, EVENTS.slice(0, 10), holding));
    await installation.close();
  });

  test('sends labels on that came without their key, and turns bad ones away', async () => {
    const installation = await Installation.open();
    const reports: LabelReport[] = [];
    const service = await installation.start({ onLabels: (_, report) => reports.push(report) });
    await installation.publishEvents(EVENTS);
    await installation.drained();
    await installation.publishLabels(LABELS, false);
    const producer = await installation.log.producer();
    const bad = [Buffer.from('{"event_id": "e1"}'), Buffer.from([1, 2, 3]), null];
    await producer.send(bad.map((value) => ({ topic: installation.topics.groundTruth, key: 'k', value })));
    await installation.drained();
    await installation.settled();
    await service.stop();
    assert.ok(sum(reports, 'forwarded') > LABELS.length / 3);
    const letters = await installation.deadLetters();
    assert.deepEqual(letters.map(({ reason }) => reason).sort(), ['bad_magic', 'empty', 'missing_field']);
    assert.ok(letters.every(({ rejectedBy, topic }) => rejectedBy === 'outcomes' && topic === 'test.ground-truth'));
    // Without keys the two labels of an event may have come in either order: that of the observation decides.
    assert.deepEqual(qualityOf(await installation.partials()), expected(installation, EVENTS, HOLDING));
    await installation.close();
  });

  const failures = (
    [
      'writePredictions',
      'writeLabels',
      'readLabelledEvents',
      'writeLabelJoins',
      'writeWaitingLabels',
      'revisitWaitingLabels',
      'settleWaitingLabels',
      'commit',
    ] as const
  ).flatMap((call): Failure[] => [
    { call, when: 'before', skip: skipOf(call) },
    { call, when: 'after', skip: skipOf(call) },
    ...(call === 'commit' ? [2, 3, 4, 5].map((skip) => ({ call, when: 'after', skip }) as const) : []),
  ]);
  for (const failure of failures) {
    test(`neither loses nor doubles where it ends ${failure.when} ${failure.call} ${failure.skip}`, async () => {
      const installation = await Installation.open();
      const trap = (installation.log.trap = new Trap(failure));
      const store = trapped(installation.store, trap);
      await installation.publishLabels(LABELS.slice(0, 100));
      let service = await installation.start({ store });
      service.done.catch(() => undefined);
      const restarting = (async () => {
        await service.done.then(
          () => undefined,
          async (error: unknown) => {
            assert.match(String(error), /broken off/);
            service = await installation.start({ store });
          },
        );
      })();
      // However slow the machine: some labels come before their predictions.
      await until(async () => (await installation.waiting()) > 0);
      await installation.publishEvents(EVENTS);
      await installation.publishLabels(LABELS.slice(100));
      await until(() => trap.sprung);
      await restarting;
      await installation.drained();
      await installation.settled();
      await service.stop();
      assert.deepEqual(qualityOf(await installation.partials()), expected(installation, EVENTS, HOLDING));
      await installation.close();
    });
  }
});

function sum<K extends string>(reports: readonly Readonly<Record<K, number>>[], name: K): number {
  return reports.reduce((total, report) => total + report[name], 0);
}

/** Labels that waited are settled a few times only, all others calls are made often. */
function skipOf(call: Failure['call']): number {
  return call === 'settleWaitingLabels' ? 0 : 1;
}
