import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { GroundTruth } from '@tidemark/contracts';
import { OutcomeSketcher, type LoggedPrediction, type Outcome, type SketchPartial } from '@tidemark/monitoring';
import { LabelJoiner, outcomesIn } from '../src/index.js';
import {
  MONITOR,
  monitorOf,
  newStore,
  qualityOf,
  removeStores,
  START,
  Trap,
  trapped,
  type Failure,
} from './installation.js';
import type { ArrivedLabel } from '../src/arrived-label.js';

after(removeStores);

const SOURCE = 'ground-truth/0';
const KNOWLEDGE = { monitorOf: () => MONITOR, baselineOf: () => null };
const CALLS = ['writeLabels', 'readLabelledEvents', 'writeLabelJoins', 'writeWaitingLabels', 'commit'] as const;

/** Seeded numbers from [0, 1): Marsaglia's xorshift32. */
function random(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
}

function predictionOf(n: number, version: string): LoggedPrediction {
  const answer = {
    score: n / 10,
    class: 'yes',
    value: null,
    confidence: null,
    probabilities: new Map<string, number>(),
  };
  return {
    stream: { model: 'm', version, role: version === '1' ? 'champion' : 'shadow' },
    ...{ eventId: `e${n}`, eventTime: START + n * 25_000, answer, share: 1 },
    segments: [{ dimension: 'country', value: n % 2 === 0 ? 'AT' : 'CH' }],
  };
}

function truthOf(n: number, truth: string, observedAt: number, version: string | null): GroundTruth {
  const none = { value: null, source: null, inclusionProbability: null };
  return { eventId: `e${n}`, model: 'm', version, class: truth, observedAt: START + observedAt, ...none };
}

/** What must have been counted in the end: of each prediction the label that holds of those that concern it. */
function expected(predictions: readonly LoggedPrediction[], labels: readonly GroundTruth[]): SketchPartial[] {
  const sketcher = new OutcomeSketcher(KNOWLEDGE);
  sketcher.fold(
    predictions.flatMap((prediction): Outcome[] => {
      const concerning = labels.filter(
        ({ eventId, version }) =>
          eventId === prediction.eventId && (version === null || version === prediction.stream.version),
      );
      if (concerning.length === 0) return [];
      const last = concerning.reduce((a, b) => (b.observedAt > a.observedAt ? b : a));
      const { stream, eventTime, segments, answer } = prediction;
      const truth = { class: last.class, value: null };
      return [{ stream, eventTime, segments, answer, truth, inclusionProbability: 1, sign: 1 }];
    }),
  );
  return sketcher.drain();
}

for (let seed = 1; seed <= 12; seed++) {
  test(`labels twice, out of order, corrected, early and across crashes count once (seed ${seed})`, async () => {
    const next = random(seed);
    const below = (count: number) => Math.floor(next() * count);
    const database = await newStore();
    const store = outcomesIn(database);
    const predictions = Array.from({ length: 12 }, (_, i) => predictionOf(i >> 1, i % 2 === 0 ? '1' : '2'));
    const unlogged = [...predictions];
    const log = async (index: number) => {
      const [prediction] = unlogged.splice(index, 1);
      await store.writePredictions([{ prediction, offset: 12 - unlogged.length, expiresAt: Date.now() + 1e9 }]);
    };
    const labels: GroundTruth[] = [];
    for (let at = 0; at < 20; at++) {
      // Times are distinct and in any order; a label may be sent again as it was.
      if (at > 0 && next() < 0.2) labels.push(labels[below(labels.length)]);
      else labels.push(truthOf(below(8), next() < 0.5 ? 'yes' : 'no', (at * 7) % 23, next() < 0.3 ? '1' : null));
    }
    const topic = [...labels];
    const committed: SketchPartial[] = [];
    let position = 0;
    const step = async () => {
      const end = Math.min(topic.length, position + 1 + below(5));
      const arrived = topic.slice(position, end).map((truth, i): ArrivedLabel => {
        const record = Buffer.from(JSON.stringify(truth));
        return { truth, offset: position + i, sentAt: Date.now(), record };
      });
      const failure: Failure = { call: CALLS[below(CALLS.length)], when: next() < 0.5 ? 'before' : 'after' };
      const trap = new Trap(next() < 0.4 ? failure : null);
      try {
        const batch = { source: SOURCE, first: position, end };
        const { partials } = await new LabelJoiner(trapped(store, trap), KNOWLEDGE).join(batch, arrived);
        // A transaction that fails writes nothing; whoever crashes reads again from the committed offset.
        await trap.around('commit', () => {
          committed.push(...partials);
          position = end;
          return Promise.resolve();
        });
      } catch (error) {
        assert.match(String(error), /broken off/);
      }
    };
    const revisit = async () => {
      const seen = await store.revisitWaitingLabels({ source: SOURCE }, -1, 100);
      const found = seen.filter((label) => label.found);
      for (const { record } of found) topic.push(JSON.parse(record.toString()) as GroundTruth);
      // Not always heard of: then they are sent once more.
      if (next() < 0.7) await store.settleWaitingLabels({ source: SOURCE }, found, 'joined');
      return found.length;
    };
    while (position < topic.length) {
      if (unlogged.length > 0 && next() < 0.5) await log(below(unlogged.length));
      await step();
      if (topic.length < 100 && next() < 0.3) await revisit();
    }
    while (unlogged.length > 0) await log(0);
    do while (position < topic.length) await step();
    while ((await revisit()) > 0);
    // A prediction that came after one of its event had met the label meets it when the label is sent again.
    topic.push(...labels);
    while (position < topic.length) await step();

    assert.deepEqual(qualityOf(committed), qualityOf(expected(predictions, labels)));
    // Events 6 and 7 have no prediction.
    const strangers = new Set(labels.map(({ eventId }) => eventId).filter((id) => id > 'e5'));
    const waiting = await store.revisitWaitingLabels({ source: SOURCE }, -1, 1000);
    assert.deepEqual(new Set(waiting.map(({ eventId }) => eventId)), strangers);
    await database.close();
  });
}

test('labels of events that are not logged are left out, and counted', async () => {
  const database = await newStore();
  const sampled = monitorOf('model: m\nprediction_log: {keep: 0.5}');
  const knowledge = { ...KNOWLEDGE, monitorOf: () => sampled };
  const arrived = Array.from({ length: 100 }, (_, n): ArrivedLabel => {
    return { truth: truthOf(n, 'yes', 0, null), offset: n, sentAt: Date.now(), record: Buffer.from('{}') };
  });
  const batch = { source: SOURCE, first: 0, end: 100 };
  const { unlogged, waiting } = await new LabelJoiner(outcomesIn(database), knowledge).join(batch, arrived);
  assert.ok(unlogged > 30 && unlogged < 70, `${unlogged} of 100`);
  assert.equal(waiting, 100 - unlogged);
  await database.close();
});
