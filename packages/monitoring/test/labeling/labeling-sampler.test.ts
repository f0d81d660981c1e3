import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ColumnSketch, QualitySketch, type BinLayout, type ColumnKind } from '@tidemark/sketches';
import {
  baselineOf,
  EventBatch,
  LabelingSampler,
  type Baseline,
  type LabelingRequest,
  type LabelingSettings,
  type LabelingSnapshot,
} from '../../src/index.js';
import { MONITOR, random, START, STREAM } from '../fixtures.js';

const DAY = 24 * 3_600_000;

/** One prediction: `p` is calibrated, so that `truth` is 1 with that probability. */
interface Case {
  readonly time: number;
  readonly country: string;
  readonly income: number;
  readonly p: number;
  readonly truth: boolean;
}

/** A day of events; of three countries one is rare. @param moved added to incomes. */
function casesOf(count: number, seed: number, moved = 0, start = START, duration = DAY): Case[] {
  const next = random(seed);
  next();
  return Array.from({ length: count }, (_, index) => {
    const p = next() ** 3;
    const draw = next();
    return {
      time: start + Math.floor((index / count) * duration),
      country: draw < 0.7 ? 'DE' : draw < 0.95 ? 'FR' : 'MT',
      income: next() + next() + next() + moved,
      p,
      truth: next() < p,
    };
  });
}

function batchOf(cases: readonly Case[], name: string, from = 0): EventBatch {
  const batch = new EventBatch(STREAM);
  cases.forEach(({ time, country, income, p }, index) => {
    const row = batch.append(`${name}-${from + index}`, time);
    batch.column('income').setNumber(row, income);
    batch.column('prediction.score').setNumber(row, p);
    batch.segment('country').setString(row, country);
  });
  return batch;
}

function columnOf(
  name: string,
  kind: ColumnKind,
  layout: BinLayout,
  values: readonly (number | string)[],
): ColumnSketch {
  const sketch = ColumnSketch.empty(name, kind, layout);
  for (const value of values) {
    if (typeof value === 'number') sketch.addNumber(value);
    else sketch.addString(value);
  }
  return sketch;
}

function baselineFrom(cases: readonly Case[]): Baseline {
  const numeric: BinLayout = { type: 'numeric', edges: Float64Array.of(0.5), min: 0, max: 3 };
  const countries: BinLayout = { type: 'categorical', categories: ['DE', 'FR', 'MT'] };
  const columns = [
    columnOf(
      'country',
      'categorical',
      countries,
      cases.map(({ country }) => country),
    ),
    columnOf(
      'income',
      'numeric',
      numeric,
      cases.map(({ income }) => income),
    ),
    columnOf(
      'prediction.score',
      'numeric',
      numeric,
      cases.map(({ p }) => p),
    ),
  ];
  const identity = { model: 'm', version: '*', createdAt: 0, source: 'test' };
  return baselineOf({ ...identity, periodStart: START - DAY, periodEnd: START }, cases.length, columns);
}

const BASELINE = baselineFrom(casesOf(20_000, 5));
const SETTINGS: LabelingSettings = {
  ...{ budget: { count: 200, per: DAY }, share: 0, uncertain: 0.3, drifted: 0.2, strata: ['country'] },
};

interface SamplerOptions {
  readonly partitions?: number;
  readonly snapshot?: LabelingSnapshot;
  readonly baseline?: Baseline | null;
}

function samplerOf(
  settings: Partial<LabelingSettings> = {},
  { partitions = 1, snapshot = [], baseline = BASELINE }: SamplerOptions = {},
): LabelingSampler {
  const monitor = { ...MONITOR, labeling: { ...SETTINGS, ...settings } };
  return new LabelingSampler({ monitorOf: () => monitor, baselineOf: () => baseline }, partitions, snapshot);
}

function requestsOf(sampler: LabelingSampler, cases: readonly Case[], name: string, batch = 500): LabelingRequest[] {
  for (let at = 0; at < cases.length; at += batch) sampler.take(batchOf(cases.slice(at, at + batch), name, at));
  return sampler.drain();
}

const countBy = <T>(items: readonly T[], of: (item: T) => string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const item of items) counts[of(item)] = (counts[of(item)] ?? 0) + 1;
  return counts;
};

describe('The labelling sampler', () => {
  it('chooses the same events in whatever batches they come, and across a restart', () => {
    const cases = casesOf(20_000, 7, 0.4);
    const whole = requestsOf(samplerOf(), cases, 'e');
    assert.ok(whole.length > 100);
    assert.deepEqual(requestsOf(samplerOf(), cases, 'e', 37), whole);
    const first = samplerOf();
    const before = requestsOf(first, cases.slice(0, 8001), 'e', 100);
    const snapshot = JSON.parse(JSON.stringify(first.snapshot())) as LabelingSnapshot;
    assert.equal(first.snapshot(), null, 'nothing has changed since');
    const second = samplerOf({}, { snapshot });
    second.take(batchOf(cases.slice(8001), 'e', 8001));
    assert.deepEqual([...before, ...second.drain()], whole);
  });

  it('carries what a person needs, and the probability', () => {
    const cases = casesOf(100, 3);
    const [request] = requestsOf(samplerOf({ budget: null, share: 1 }), cases, 'e');
    const { time, country, income, p } = cases[Number(request.eventId.slice(2))];
    const { inclusionProbability, reason, stratum, ...rest } = request;
    assert.deepEqual(rest, {
      ...{ eventId: request.eventId, stream: STREAM, eventTime: time, segments: { country }, features: { income } },
      answer: { score: p, class: null, value: null, confidence: null, probabilities: new Map() },
      baselineId: BASELINE.id,
    });
    assert.match(stratum, /^country=(DE|FR|MT), score=\[/);
    assert.ok(inclusionProbability > 0 && inclusionProbability <= 1 && reason !== undefined);
  });

  it('chooses an event as often as its probability says', () => {
    const [one] = casesOf(1, 9);
    const sampler = samplerOf({ budget: null, share: 0.05 });
    const requests = requestsOf(sampler, new Array<Case>(40_000).fill(one), 'same');
    const expected = requests.reduce((sum, { inclusionProbability }) => sum + 1 / inclusionProbability, 0);
    const error = Math.sqrt(requests.reduce((sum, each) => sum + each.inclusionProbability ** -2, 0));
    assert.ok(Math.abs(expected - 40_000) < 4 * error, `${expected} ± ${error}`);
  });

  it('gives rare strata, uncertain answers and events unlike the baseline more than their share', () => {
    const quiet = requestsOf(samplerOf({ budget: { count: 2000, per: DAY } }), casesOf(20_000, 11), 'q');
    const ofMalta = quiet.filter(({ segments }) => segments.country === 'MT').length / quiet.length;
    assert.ok(ofMalta > 0.1, `5 % of the events, ${ofMalta} of the requests`);
    const unsure = quiet.filter(({ reason }) => reason === 'uncertain');
    const spread = (requests: readonly LabelingRequest[]) =>
      requests.reduce((sum, { answer }) => sum + answer.score! * (1 - answer.score!), 0) / requests.length;
    assert.ok(spread(unsure) > 1.5 * spread(quiet.filter(({ reason }) => reason === 'drifted')));
    const reasons = countBy(quiet, ({ reason }) => reason);
    assert.ok(Math.abs(reasons.uncertain / quiet.length - 0.3) < 0.05, JSON.stringify(reasons));
    // A tenth of the events is moved beyond anything in the baseline: they get what is set aside for them.
    const mixed = casesOf(20_000, 13).map((each, index) => (index % 10 === 0 ? { ...each, income: 9 } : each));
    const aimed = requestsOf(samplerOf({ budget: { count: 2000, per: DAY } }), mixed, 'm');
    const share = aimed.filter(({ features }) => features.income === 9).length / aimed.length;
    assert.ok(share > 0.2, `${share}`);
  });

  it('weighs unbiased: over seeds the estimate is the truth, and the plain mean of the labels is not', () => {
    const cases = casesOf(5000, 17);
    const wrong = ({ p, truth }: Case) => p >= 0.5 !== truth;
    const truth = cases.filter(wrong).length / cases.length;
    const weighted: number[] = [];
    const plain: number[] = [];
    for (let seed = 0; seed < 100; seed++) {
      const sampler = samplerOf({ budget: { count: 300, per: DAY }, uncertain: 0.8, drifted: 0.1 });
      const sketch = QualitySketch.empty();
      let errors = 0;
      const requests = requestsOf(sampler, cases, `seed${seed}`, 5000);
      for (const { eventId, answer, inclusionProbability } of requests) {
        const { truth: known } = cases[Number(eventId.split('-')[1])];
        if (answer.score! >= 0.5 !== known) errors++;
        const named = { ...answer, class: String(answer.score! >= 0.5) };
        sketch.addOutcome(named, { class: String(known), value: null }, inclusionProbability, 1);
      }
      let wrongs = 0;
      for (const { predicted, truths } of sketch.classes.cells())
        for (const [name, { weight }] of truths) if (name !== predicted) wrongs += weight.value;
      weighted.push(wrongs / cases.length);
      plain.push(errors / requests.length);
    }
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const standardError = (values: readonly number[]) =>
      Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)) / (values.length - 1));
    console.log(
      `error rate ${truth.toFixed(4)}; weighted mean over 100 seeds ${mean(weighted).toFixed(4)} ± ${standardError(weighted).toFixed(4)}; plain mean ${mean(plain).toFixed(4)} ± ${standardError(plain).toFixed(4)}`,
    );
    assert.ok(Math.abs(mean(weighted) - truth) < 3 * standardError(weighted));
    assert.ok(mean(plain) - truth > 20 * standardError(plain), 'uncertain answers are wrong more often');
  });

  it('keeps the budget through surges and drift, in each of several partitions', () => {
    const usual = casesOf(20_000, 19);
    const days: readonly (readonly [what: string, cases: readonly Case[]])[] = [
      ['as in the baseline', usual],
      ['ten times the traffic', casesOf(200_000, 23, 0, START + DAY)],
      ['every event beyond the baseline', casesOf(20_000, 29, 5, START + 2 * DAY)],
      ['all in one hour', casesOf(100_000, 31, 0, START + 3 * DAY, DAY / 24)],
      ['as in the baseline again', casesOf(20_000, 37, 0, START + 4 * DAY)],
    ];
    for (const partitions of [1, 4]) {
      const samplers = Array.from({ length: partitions }, () => samplerOf({}, { partitions }));
      for (const [day, [what, cases]] of days.entries()) {
        const requests = samplers.flatMap((sampler, partition) =>
          requestsOf(
            sampler,
            cases.filter((_, index) => index % partitions === partition),
            `d${day}-p${partition}`,
          ),
        );
        console.log(`${partitions} partitions, ${what}: ${cases.length} events, ${requests.length} of 200 requests`);
        assert.ok(requests.length <= 200, what);
        assert.ok(requests.length >= 40, what);
        assert.ok(requests.every(({ inclusionProbability }) => inclusionProbability > 0 && inclusionProbability <= 1));
      }
    }
  });

  it('goes on with what was spent where the budget is cut, and begins anew where its period is another', () => {
    const cases = casesOf(20_000, 47);
    const first = samplerOf();
    const before = requestsOf(first, cases.slice(0, 10_000), 'c');
    const snapshot = first.snapshot()!;
    const goOn = (settings: Partial<LabelingSettings>) => {
      const sampler = samplerOf(settings, { snapshot });
      sampler.take(batchOf(cases.slice(10_000), 'c', 10_000));
      return sampler.drain();
    };
    assert.ok(before.length > 50);
    assert.deepEqual(goOn({ budget: { count: 20, per: DAY } }), [], 'more than that was spent already');
    const hourly = goOn({ budget: { count: 24, per: DAY / 24 } });
    assert.ok(hourly.length > 60 && hourly.length <= 12 * 24, `${hourly.length}`);
  });

  it('keeps a share of events, and asks for nothing of a shadow or of events without an answer', () => {
    const cases = casesOf(40_000, 41, 5);
    const requests = requestsOf(samplerOf({ budget: null, share: 0.01 }), cases, 's');
    assert.ok(requests.length > 250 && requests.length < 470, `${requests.length} of 400`);
    const sampler = samplerOf({ budget: null, share: 1 });
    const silent = new EventBatch(STREAM);
    silent.column('income').setNumber(silent.append('a', START), 1);
    sampler.take(silent);
    const shadow = new EventBatch({ ...STREAM, role: 'shadow' });
    shadow.column('prediction.score').setNumber(shadow.append('b', START), 0.5);
    sampler.take(shadow);
    assert.deepEqual(sampler.drain(), []);
  });

  it('samples at random before a baseline is known, within the budget', () => {
    const requests = requestsOf(samplerOf({}, { baseline: null }), casesOf(50_000, 43), 'n');
    assert.ok(requests.length > 60 && requests.length <= 200, `${requests.length}`);
    assert.deepEqual(Object.keys(countBy(requests, ({ reason }) => reason)), ['uniform']);
    assert.ok(requests.every(({ stratum, baselineId }) => stratum === '' && baselineId === null));
  });
});
