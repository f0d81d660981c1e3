import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { RecordWriter } from '@tidemark/contracts';
import { EventBatch, OutcomeSketcher, PartitionSketcher, type Monitor, type Outcome } from '@tidemark/monitoring';
import type { Answer } from '@tidemark/sketches';
import type { OutRecord } from '@tidemark/transport';
import { closeStores, Installation, MINUTE, MONITOR, START, type Crash } from './installation.js';

const WINDOW = 5 * MINUTE;
const WINDOWS = 12;
const EVENTS = 500;
const STREAM = { model: 'm', version: '1', role: 'champion' } as const;

const MEASURED: Monitor = {
  ...MONITOR,
  quality: {
    window: { size: WINDOW, slide: WINDOW, origin: 0 },
    ...{ positive: '1', metric: null, tolerance: null, minimumLabels: 100, labelWait: 60 * MINUTE },
  },
};

/** What sketchers and the outcomes service write: the labels of a window come with the one after it; from the eighth on they are broken. */
async function recordsOf({ registry, topics }: Installation): Promise<OutRecord[]> {
  const writer = await RecordWriter.open(registry, ['SketchPartial', 'SourceWatermark']);
  const knowledge = { monitorOf: () => MEASURED, baselineOf: () => null };
  const [sketcher, outcomes] = [new PartitionSketcher(knowledge), new OutcomeSketcher(knowledge)];
  const topic = topics.partials;
  const records: OutRecord[] = [];
  let state = 99;
  const next = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) + 0.5) / 2 ** 32;
  let due: Outcome[] = [];
  for (let window = 0; window < WINDOWS; window++) {
    const batch = new EventBatch(STREAM);
    const later: Outcome[] = [];
    for (let n = 0; n < EVENTS; n++) {
      const eventTime = START + window * WINDOW + Math.floor((n * WINDOW) / EVENTS);
      const [score, country] = [next(), n % 2 === 0 ? 'AT' : 'CH'];
      const answer: Answer = {
        ...{ score, class: score >= 0.5 ? '1' : '0', value: null, confidence: null },
        probabilities: new Map(),
      };
      const row = batch.append(`${window}-${n}`, eventTime);
      batch.column('prediction.score').setNumber(row, score);
      batch.column('prediction.class').setString(row, answer.class!);
      batch.segment('country').setString(row, country);
      const truth = { class: next() < (window >= 7 ? 0.5 : score) ? '1' : '0', value: null };
      const segments = [{ dimension: 'country', value: country }];
      later.push({ stream: STREAM, eventTime, segments, answer, truth, inclusionProbability: 1, sign: 1 });
    }
    sketcher.fold(batch);
    outcomes.fold(due);
    due = later;
    for (const partial of [...sketcher.drain(), ...outcomes.drain()]) {
      for (const value of writer.encodePartial(partial, 900_000)) records.push({ topic, key: 'm', value });
    }
    const watermark = START + (window + 1) * WINDOW + MEASURED.allowedLateness;
    const mark = { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 };
    records.push({ topic, partition: 0, key: null, value: writer.encode('SourceWatermark', mark) });
  }
  return records;
}

/** Sends everything to a detector; where it dies, a new one goes on. */
async function run(crash: Crash | null) {
  const installation = await Installation.open();
  const { log, store } = installation;
  log.crash = crash;
  const records = await recordsOf(installation);
  const options = { monitors: [MEASURED] };
  let detector = await installation.start(options);
  await installation.send(records, detector, 5);
  if (crash !== null) {
    await assert.rejects(detector.done, /the power fails/);
    detector = await installation.start(options);
  }
  await installation.settled();
  await detector.stop();
  const rows = (view: string, order: string) =>
    store.query<Record<string, unknown>>(`SELECT * FROM ${store.database}.${view} ORDER BY ${order}`);
  const left = {
    quality: await rows('quality', 'window_start, segment_value, metric'),
    outcomes: await rows('pane_outcomes', 'pane_start, segment_value, part, predicted, score_bin, truth'),
    events: (await installation.driftEvents()).map(({ id, signal, status, summary }) => ({
      id,
      signal,
      status,
      summary,
    })),
  };
  await log.close();
  return { ...left, commits: log.commits };
}

describe('A detector that measures quality', () => {
  after(closeStores);

  it('reads it back after a crash, and leaves the same metrics, verdicts and alerts', async () => {
    const { commits, ...unbroken } = await run(null);
    assert.ok(unbroken.quality.some(({ verdict }) => verdict === 'concept-drift'));
    assert.equal(unbroken.events.filter(({ signal }) => signal === 'concept-drift').length, 1);
    for (const when of ['before', 'after'] as const) {
      for (const share of [0.3, 0.6, 0.9]) {
        const { quality, outcomes, events } = await run({ at: Math.round(commits * share), when });
        const what = `a crash ${when} the commit, ${share * 100} % of the way`;
        assert.deepEqual(quality, unbroken.quality, what);
        assert.deepEqual(outcomes, unbroken.outcomes, what);
        assert.deepEqual(events, unbroken.events, what);
      }
    }
  });
});
