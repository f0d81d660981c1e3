import type { Answer } from '@tidemark/sketches';
import {
  Detector,
  EventBatch,
  OutcomeSketcher,
  PartitionSketcher,
  type DetectorOutput,
  type Monitor,
  type Outcome,
  type SketchPartial,
  type SourceWatermark,
} from '../../src/index.js';
import { knowledgeOf, MINUTE, MONITOR, random, START, STREAM } from '../fixtures.js';

export const WINDOW = 5 * MINUTE;
/** Events of a window, unless a world says otherwise. */
export const EVENTS = 600;

export const MEASURED: Monitor = {
  ...MONITOR,
  segments: [],
  baseline: { from: 'first-windows', windows: 6, events: 1000 },
  quality: {
    window: { size: WINDOW, slide: WINDOW, origin: 0 },
    ...{ positive: '1', metric: null, tolerance: null, minimumLabels: 100, labelWait: 24 * 60 * MINUTE },
  },
};

export type LabelLogRecord = { readonly partial: SketchPartial } | { readonly watermark: SourceWatermark };

export interface World {
  readonly windows: number;
  readonly events?: number;
  /** Whether labels no longer follow the score in a window. */
  readonly broken?: (window: number, country: string) => boolean;
  /** The probability of the positive class at a score; the score itself unless stated. */
  readonly chance?: (score: number, window: number, country: string) => number;
  /** After how many windows its labels come; Infinity: never. */
  readonly delay: (window: number) => number;
  /** The country of an event by a uniform number; none unless stated. */
  readonly country?: (uniform: number) => string;
  readonly seed?: number;
}

/** A stream whose score is the probability of the class, with the labels of each window at the end of a later one. */
export function logOf(world: World, monitor = MEASURED): LabelLogRecord[] {
  const { windows, events = EVENTS, broken = () => false, delay, country, seed = 7 } = world;
  const chance = world.chance ?? ((score: number) => score);
  const next = random(seed);
  const sketcher = new PartitionSketcher(knowledgeOf(monitor));
  const outcomes = new OutcomeSketcher(knowledgeOf(monitor));
  const due = new Map<number, Outcome[]>();
  const log: LabelLogRecord[] = [];
  for (let window = 0; window < windows; window++) {
    const batch = new EventBatch(STREAM);
    for (let i = 0; i < events; i++) {
      const score = next();
      const place = country === undefined ? '' : country(next());
      const answer: Answer = {
        ...{ score, class: score >= 0.5 ? '1' : '0', value: null, confidence: null },
        probabilities: new Map(),
      };
      const time = START + window * WINDOW + Math.floor((i * WINDOW) / events);
      const row = batch.append(`${window}-${i}`, time);
      batch.column('prediction.score').setNumber(row, score);
      batch.column('prediction.class').setString(row, answer.class!);
      if (place !== '') batch.segment('country').setString(row, place);
      const p = broken(window, place) ? 0.5 : chance(score, window, place);
      const truth = { class: next() < p ? '1' : '0', value: null };
      const at = window + delay(window);
      const segments = place === '' ? [] : [{ dimension: 'country', value: place }];
      const outcome = { stream: STREAM, eventTime: time, segments, answer, truth, inclusionProbability: 1 };
      const others = due.get(at);
      if (others === undefined) due.set(at, [{ ...outcome, sign: 1 }]);
      else others.push({ ...outcome, sign: 1 });
    }
    sketcher.fold(batch);
    outcomes.fold(due.get(window) ?? []);
    for (const partial of [...sketcher.drain(), ...outcomes.drain()]) log.push({ partial });
    const watermark = START + (window + 1) * WINDOW + monitor.allowedLateness;
    log.push({ watermark: { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 } });
  }
  return log;
}

export function run(detector: Detector, log: readonly LabelLogRecord[], from = 0): DetectorOutput[] {
  return log.slice(from).map((record, index) => {
    const offset = from + index;
    if ('partial' in record) detector.takePartial(offset, record.partial);
    else detector.takeWatermark(offset, record.watermark);
    return detector.drain();
  });
}

/** The output of a detector that stops before a record and of another that goes on from its snapshot. */
export function restartedAt(stop: number, log: readonly LabelLogRecord[], monitor: Monitor): DetectorOutput[] {
  const first = new Detector(0, knowledgeOf(monitor));
  const before = run(first, log.slice(0, stop));
  const baseline = before.flatMap(({ baselines }) => baselines).at(0) ?? null;
  const second = new Detector(0, { ...knowledgeOf(monitor), baselineOf: () => baseline });
  for (const { from, to, quality } of second.restore(structuredClone(first.snapshot()))) {
    for (const row of before.flatMap(({ panes }) => panes)) {
      if (row.pane.start < from || row.pane.start >= to) continue;
      const part = quality ? { ...row, events: 0, columns: [], joint: null } : { ...row, quality: null };
      if (quality ? row.quality !== null : row.events > 0) second.takeClosedPane(part);
    }
  }
  return [...before, ...run(second, log, first.oldestNeeded)];
}

/** What an output says of quality, as plain values to compare. */
export const told = (outputs: readonly DetectorOutput[]) => ({
  events: outputs.flatMap(({ events }) => events.map(({ id, summary }) => [id, summary])),
  quality: outputs.flatMap(({ quality }) =>
    quality.map(({ windowStart, segment, metric, labels, realised, expected, verdict }) => [
      ...[windowStart, segment, metric, labels, realised.value, expected.value, verdict],
    ]),
  ),
});

/** The events of some signals: status, signal, number of the window. */
export const about = (outputs: readonly DetectorOutput[], signals: readonly string[]) =>
  outputs
    .flatMap(({ events }) => events)
    .filter(({ signal }) => signals.includes(signal))
    .map(({ status, signal, windowStart }) => [status, signal, (windowStart - START) / WINDOW]);
