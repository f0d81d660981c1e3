import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { parseMonitors } from '@tidemark/contracts';
import {
  Aggregate,
  ALL_EVENTS,
  Detector,
  EventBatch,
  lastWindowStart,
  learnBaseline,
  OutcomeSketcher,
  PartitionSketcher,
  qualityReferenceOf,
  type Baseline,
  type BaselinePart,
  type DetectorOutput,
  type Monitor,
  type Outcome,
} from '@tidemark/monitoring';
import type { QualitySketch } from '@tidemark/sketches';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const DATA = process.env.TIDEMARK_CALIFORNIA_HOUSING ?? join(ROOT, '..', 'shared', 'data', 'california-housing');
const HOUR = 3_600_000;
const STREAM = { model: 'california-housing', version: '1', role: 'champion' } as const;
const FEATURES = ['MedInc', 'HouseAge', 'AveRooms', 'AveBedrms', 'Population', 'AveOccup', 'Latitude', 'Longitude'];

/** One labelled prediction of a file. */
interface Row {
  readonly time: number;
  readonly features: readonly number[];
  readonly score: number;
  readonly predicted: string;
  readonly truth: string;
}

function monitorOf(): Monitor {
  const path = join(ROOT, 'examples', 'monitors', 'california-housing.yaml');
  const parsed = parseMonitors(readFileSync(path, 'utf8'), path);
  assert.ok(parsed.ok);
  return parsed.monitors[0].monitor;
}

function batchOf(rows: readonly Row[]): EventBatch {
  const batch = new EventBatch(STREAM);
  rows.forEach(({ time, features, score, predicted }, i) => {
    const row = batch.append(String(i), time);
    features.forEach((value, at) => batch.column(FEATURES[at]).setNumber(row, value));
    batch.column('prediction.score').setNumber(row, score);
    batch.column('prediction.class').setString(row, predicted);
  });
  return batch;
}

function outcomesOf(rows: readonly Row[]): Outcome[] {
  return rows.map(({ time, score, predicted, truth }) => ({
    ...{ stream: STREAM, eventTime: time, segments: [], inclusionProbability: 1, sign: 1 },
    answer: { score, class: predicted, value: null, confidence: null, probabilities: new Map() },
    truth: { class: truth, value: null },
  }));
}

/** The baseline of labelled rows, in windows of a thousand hours. */
function baselineOf(rows: readonly Row[], monitor: Monitor): Baseline {
  const knowledge = { monitorOf: () => monitor, baselineOf: () => null };
  const [sketcher, outcomes] = [new PartitionSketcher(knowledge), new OutcomeSketcher(knowledge)];
  const whole = new Aggregate();
  const parts: BaselinePart[] = [];
  const windows: { start: number; sketch: QualitySketch }[] = [];
  const { window } = monitor.quality!;
  const starts = [...new Set(rows.map(({ time }) => lastWindowStart(time, window)))];
  for (const start of starts) {
    const members = rows.filter(({ time }) => lastWindowStart(time, window) === start);
    sketcher.fold(batchOf(members));
    outcomes.fold(outcomesOf(members));
    const aggregate = new Aggregate();
    for (const partial of [...sketcher.drain(), ...outcomes.drain()]) aggregate.merge(partial);
    whole.merge(aggregate);
    parts.push({ segment: ALL_EVENTS, start, aggregate });
    windows.push({ start, sketch: aggregate.quality! });
  }
  const period = { periodStart: rows[0].time, periodEnd: rows[rows.length - 1].time };
  const identity = { model: STREAM.model, version: '*', createdAt: 0, source: 'reference', ...period };
  return {
    ...learnBaseline(identity, whole, monitor, parts),
    quality: qualityReferenceOf(whole.quality!, windows, '1'),
  };
}

/** Replays rows and then all their labels. */
function replay(reference: readonly Row[], analysis: readonly Row[], monitor: Monitor): DetectorOutput {
  const baseline = baselineOf(reference, monitor);
  const knowledge = { monitorOf: () => monitor, baselineOf: () => baseline };
  const [sketcher, outcomes] = [new PartitionSketcher(knowledge), new OutcomeSketcher(knowledge)];
  const detector = new Detector(0, knowledge);
  let offset = 0;
  for (let from = 0; from < analysis.length; from += 100) {
    sketcher.fold(batchOf(analysis.slice(from, from + 100)));
    for (const partial of sketcher.drain()) detector.takePartial(offset++, partial);
    const { watermark } = sketcher;
    detector.takeWatermark(offset++, { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 });
  }
  outcomes.fold(outcomesOf(analysis));
  for (const partial of outcomes.drain()) detector.takePartial(offset++, partial);
  detector.finish();
  return detector.drain();
}

/** The last row of each window's metrics, by window and metric. */
function lastRows({ quality }: DetectorOutput, start: number) {
  return new Map(quality.map((row) => [`${(row.windowStart - start) / HOUR}/${row.metric}`, row]));
}

describe('labels that come after a replay', () => {
  /** Two windows as the baseline, one whose labels no longer follow the score, one whose inputs have moved. */
  test('tell which window got worse, and why', () => {
    const monitor = monitorOf();
    const start = Date.UTC(2021, 5, 1);
    let state = 12345;
    const next = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) + 0.5) / 2 ** 32;
    const rows = (from: number, count: number, what: 'usual' | 'wrong' | 'moved'): Row[] =>
      Array.from({ length: count }, (_, i) => {
        const features = FEATURES.map(() => next() + next() + next() + (what === 'moved' ? 0.4 : 0));
        const score = 1 / (1 + Math.exp(-2 * (features[0] + features[1] - 3)));
        const truth = next() < (what === 'wrong' ? 0.5 : score) ? '1' : '0';
        return { time: from + i * HOUR, features, score, predicted: score >= 0.5 ? '1' : '0', truth };
      });
    const analysis = [
      ...rows(start, 2000, 'usual'),
      ...rows(start + 2000 * HOUR, 1000, 'wrong'),
      ...rows(start + 3000 * HOUR, 1000, 'moved'),
    ];
    const output = replay(rows(start - 10_000 * HOUR, 10_000, 'usual'), analysis, monitor);
    const found = lastRows(output, start);
    const verdicts = [0, 1000, 2000, 3000].map((window) => found.get(`${window}/accuracy`)?.verdict);
    assert.deepEqual(verdicts, ['unchanged', 'unchanged', 'concept-drift', 'inputs-changed']);
    const right = analysis.slice(2000, 3000).filter(({ predicted, truth }) => predicted === truth).length;
    assert.equal(found.get('2000/accuracy')?.realised.value, right / 1000);
    const opened = output.events.filter(({ signal }) => signal === 'concept-drift');
    assert.deepEqual(
      opened.map(({ status, windowStart }) => [status, (windowStart - start) / HOUR]),
      [['opened', 2000]],
    );
  });
});

interface Expected {
  readonly reference_quality: Readonly<Record<'accuracy' | 'f1' | 'roc_auc', number>>;
  readonly windows_of_1000_rows: readonly {
    readonly first_row: number;
    readonly accuracy: number;
    readonly f1: number;
    readonly roc_auc: number;
  }[];
}

describe('labels of the California housing rows', { skip: !existsSync(DATA) && `${DATA} is not there` }, () => {
  const table = (file: string) => {
    const [head, ...lines] = readFileSync(join(DATA, file), 'utf8').trim().split('\n');
    const names = head.split(',');
    return lines.map((line) => new Map(line.split(',').map((cell, at) => [names[at], cell])));
  };
  const rowsOf = (file: string, truthOf: (row: ReadonlyMap<string, string>) => string): Row[] =>
    table(file).map((row) => ({
      time: Date.parse(`${row.get('timestamp')!.replace(' ', 'T')}Z`),
      features: FEATURES.map((name) => Number(row.get(name))),
      score: Number(row.get('y_pred_proba')),
      predicted: row.get('y_pred')!,
      truth: truthOf(row),
    }));

  test('give the quality of every window of 1,000 rows, and tell where it fell and that the inputs moved', (t: TestContext) => {
    const expected = JSON.parse(readFileSync(join(DATA, 'expected.json'), 'utf8')) as Expected;
    const truths = new Map(table('ground-truth.csv').map((row) => [row.get('id')!, row.get('clf_target')!]));
    const reference = rowsOf('reference.csv', (row) => row.get('clf_target')!);
    const analysis = rowsOf('analysis.csv', (row) => truths.get(row.get('id')!)!);
    const output = replay(reference, analysis, monitorOf());
    const found = lastRows(output, analysis[0].time);
    for (const { first_row: first, ...figures } of expected.windows_of_1000_rows) {
      const row = (metric: string) => found.get(`${first}/${metric}`)!;
      const { verdict, evidence } = row('accuracy');
      t.diagnostic(
        `${first}: accuracy ${row('accuracy').realised.value}, expected ${row('accuracy').expected.value.toFixed(3)}, ${verdict}: ${evidence.join('; ')}`,
      );
      assert.equal(row('accuracy').realised.value, figures.accuracy);
      const f1 = row('f1').realised.value;
      assert.ok(Math.abs(f1 - figures.f1) < 1e-9, `f1 ${f1}, not ${figures.f1}`);
      const area = row('roc_auc').realised.value;
      // Scores have two decimals, and bins are 1/128 wide: few pairs share a bin that do not share a score.
      assert.ok(Math.abs(area - figures.roc_auc) < 0.005, `ROC AUC ${area}, not ${figures.roc_auc}`);
    }
    for (const metric of ['accuracy', 'f1', 'roc_auc'] as const) {
      const { reference: usual } = found.get(`0/${metric}`)!;
      assert.ok(Math.abs(usual - expected.reference_quality[metric]) < 0.005, `${metric} of the reference: ${usual}`);
    }
    assert.equal(found.get('2000/accuracy')?.verdict, 'inputs-changed-quality-fell');
    const opened = output.events.find(
      ({ signal, status, severity, windowStart }) =>
        signal === 'concept-drift' &&
        (status === 'opened' || status === 'updated') &&
        severity === 'major' &&
        windowStart === analysis[2000].time,
    );
    assert.ok(opened !== undefined, 'no degradation was raised');
    assert.match(opened.summary, /inputs changed: .*(Latitude|Longitude)/);
  });
});
