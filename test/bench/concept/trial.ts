import { defaultMonitor } from '@tidemark/contracts';
import {
  Aggregate,
  ALL_EVENTS,
  Detector,
  learnBaseline,
  OutcomeSketcher,
  PartitionSketcher,
  qualityReferenceOf,
  type Baseline,
  type BaselineIdentity,
  type DriftEvent,
  type Monitor,
  type Outcome,
  type QualityRow,
  type QualityVerdict,
} from '@tidemark/monitoring';
import { QualitySketch } from '@tidemark/sketches';
import { Draws } from '../detection/draws.js';
import { drawWindow, HOUR, START, STREAM, type Cause, type Labelling } from './streams.js';

const WINDOW = { size: HOUR, slide: HOUR, origin: 0 };

/** The defaults, but for windows of an hour. */
export const MONITOR: Monitor = {
  ...defaultMonitor(),
  model: STREAM.model,
  pane: HOUR,
  windows: [WINDOW],
  quality: { ...defaultMonitor().quality!, window: WINDOW, positive: '1' },
};

export const BASELINE_WINDOWS = 24;
export const QUIET_WINDOWS = 4;
export const CHANGED_WINDOWS = 4;

/** What was found of one window, in the end. */
export interface Verdict {
  readonly changed: boolean;
  readonly verdict: QualityVerdict;
  readonly labels: number;
  readonly realised: number;
  readonly expected: number;
  readonly evidence: readonly string[];
}

/** What was found of one stream. */
export interface TrialResult {
  readonly verdicts: readonly Verdict[];
  readonly events: readonly DriftEvent[];
}

/** A baseline of labelled windows of a world in which nothing changes. */
export function baselineFor(cause: Cause, events: number, seed: number): Baseline {
  const draws = new Draws(`baseline ${seed}`);
  const identity: BaselineIdentity = {
    ...{ model: STREAM.model, version: '*', createdAt: START + BASELINE_WINDOWS * HOUR, source: 'bench' },
    ...{ periodStart: START, periodEnd: START + BASELINE_WINDOWS * HOUR },
  };
  const sketcher = new PartitionSketcher({ monitorOf: () => MONITOR, baselineOf: () => null });
  const outcomes = new OutcomeSketcher({ monitorOf: () => MONITOR, baselineOf: () => null });
  const whole = new Aggregate();
  const parts: { segment: typeof ALL_EVENTS; start: number; aggregate: Aggregate }[] = [];
  const sum = QualitySketch.empty();
  const windows: { start: number; sketch: QualitySketch }[] = [];
  for (let window = 0; window < BASELINE_WINDOWS; window++) {
    const { batch, outcomes: due } = drawWindow(cause, false, { share: 1, delay: 0 }, window, events, draws);
    sketcher.fold(batch);
    outcomes.fold(due.map(({ outcome }) => outcome));
    const aggregate = new Aggregate();
    for (const partial of [...sketcher.drain(), ...outcomes.drain()]) aggregate.merge(partial);
    whole.merge(aggregate);
    const start = START + window * HOUR;
    parts.push({ segment: ALL_EVENTS, start, aggregate });
    sum.merge(aggregate.quality!);
    windows.push({ start, sketch: aggregate.quality! });
  }
  return { ...learnBaseline(identity, whole, MONITOR, parts), quality: qualityReferenceOf(sum, windows, '1') };
}

/** Runs one stream through sketchers and detector, labels coming when they come. */
export function runTrial(
  cause: Cause,
  labelling: Labelling,
  events: number,
  baseline: Baseline,
  seed: number,
): TrialResult {
  const knowledge = { monitorOf: () => MONITOR, baselineOf: () => baseline };
  const sketcher = new PartitionSketcher(knowledge);
  const outcomes = new OutcomeSketcher(knowledge);
  const detector = new Detector(0, knowledge);
  const draws = new Draws(`stream ${seed}/${cause.name}/${JSON.stringify(labelling)}`);
  const rows = new Map<number, QualityRow>();
  const alarms: DriftEvent[] = [];
  let pending: { readonly at: number; readonly outcome: Outcome }[] = [];
  let offset = 0;
  const advance = (time: number): void => {
    outcomes.fold(pending.filter(({ at }) => at < time).map(({ outcome }) => outcome));
    pending = pending.filter(({ at }) => at >= time);
    for (const partial of [...sketcher.drain(), ...outcomes.drain()]) detector.takePartial(offset++, partial);
    const watermark = time + MONITOR.allowedLateness;
    detector.takeWatermark(offset++, { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 });
    const output = detector.drain();
    for (const row of output.quality) if (row.metric === 'accuracy') rows.set(row.windowStart, row);
    alarms.push(...output.events);
  };
  const first = BASELINE_WINDOWS;
  const changedFrom = first + QUIET_WINDOWS;
  const end = changedFrom + CHANGED_WINDOWS;
  for (let window = first; window < end; window++) {
    const drawn = drawWindow(cause, window >= changedFrom, labelling, window, events, draws);
    sketcher.fold(drawn.batch);
    pending = [...pending, ...drawn.outcomes];
    advance(START + (window + 1) * HOUR);
  }
  // Nothing more is predicted, but labels still come.
  for (let later = end + 1; pending.length > 0; later += 6) advance(START + later * HOUR);
  const verdicts = [...rows.values()]
    .sort((a, b) => a.windowStart - b.windowStart)
    .map((row): Verdict => ({
      changed: row.windowStart >= START + changedFrom * HOUR,
      verdict: row.verdict,
      labels: row.labels,
      realised: row.realised.value,
      expected: row.expected.value,
      evidence: row.evidence,
    }));
  return { verdicts, events: alarms };
}
