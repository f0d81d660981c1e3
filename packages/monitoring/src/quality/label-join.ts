import type { Truth } from '@tidemark/sketches';
import type { Outcome } from './outcome.js';
import type { LoggedPrediction } from './prediction-log.js';
import { streamId } from '../model/stream.js';
import { writtenAs } from './truth-class.js';

/** Where a record lies: its topic and partition, and its offset there. */
export interface LabelOrigin {
  readonly source: string;
  readonly offset: number;
}

/** A label as it came. */
export interface Label {
  readonly model: string;
  readonly eventId: string;
  /** Null: any version that has the event. */
  readonly version: string | null;
  /** Milliseconds since the epoch: of two labels of one event the later observed holds, of equals the one that first came later. */
  readonly observedAt: number;
  /** Its place in the order of the labels' coming; -1 of one that came elsewhere before. */
  readonly offset: number;
  /** Where it came first, of a label that came elsewhere, or waited and was sent again: that is its place among the labels of its event. */
  readonly origin?: LabelOrigin;
  readonly truth: Truth;
  /** Above 0 and up to 1. */
  readonly inclusionProbability: number;
}

/** Labels that came one after the other: the offset of the first record and that after the last, and where they came from. */
export interface LabelBatch {
  readonly source: string;
  readonly first: number;
  readonly end: number;
  /** Where labels of the same events may have come before, the earliest source first. */
  readonly elsewhere?: readonly LabelsElsewhere[];
}

/** A source other than that of a batch, of which the labels below an offset count already. */
export interface LabelsElsewhere {
  readonly source: string;
  readonly end: number;
}

/** The sources of a batch's labels and of those before, in the order of their coming. */
export function sourcesOf({ source, elsewhere = [] }: LabelBatch): string[] {
  return [...elsewhere.map((each) => each.source), source];
}

/** All that is known of the events that a batch of labels is about. */
export interface LabelledEvents {
  /** Those of the log, at most one for each event and stream. */
  readonly predictions: readonly LoggedPrediction[];
  /** Of each event and version that labels name: the one that held before the batch, and the one that holds within it. */
  readonly labels: readonly Label[];
  /** Predictions that had met a label before the batch, as {@link predictionKey} names them. */
  readonly met: ReadonlySet<string>;
}

/** An outcome, and the offset of the label that it came of. */
export interface JoinedOutcome extends Outcome {
  readonly offset: number;
}

/** What comes of a batch of labels. */
export interface LabelJoin {
  /** A pair of opposite signs where a label replaces another. */
  readonly outcomes: readonly JoinedOutcome[];
  /** Predictions that have met a label for the first time, with the offset of a label of the batch that is of their event. */
  readonly met: readonly { readonly prediction: LoggedPrediction; readonly offset: number }[];
  /** Labels of the batch whose prediction is not in the log. */
  readonly waiting: readonly Label[];
}

/** Names a prediction by what keys it. */
export function predictionKey({ stream, eventId }: Pick<LoggedPrediction, 'stream' | 'eventId'>): string {
  return `${streamId(stream)}\u0000${eventId}`;
}

/**
 * Joins a batch of labels with the predictions they belong to. What was counted before the batch follows from the labels before
 * it: so a label that comes twice counts once, a corrected one is taken back, and a batch that is read again, alone or with
 * its neighbours, adds up to the same.
 *
 * @param batch where it comes from and begins.
 */
export function joinLabels({ predictions, labels, met }: LabelledEvents, batch: LabelBatch): LabelJoin {
  const { first } = batch;
  const latest = latestBy(batch);
  const eventOf = (model: string, eventId: string): string => `${model}\u0000${eventId}`;
  const labelsOf = groupBy(labels, ({ model, eventId }) => eventOf(model, eventId));
  const predictionsBy = groupBy(predictions, ({ stream, eventId }) => eventOf(stream.model, eventId));
  const outcomes: JoinedOutcome[] = [];
  const newly: { prediction: LoggedPrediction; offset: number }[] = [];
  const waiting: Label[] = [];
  for (const [event, known] of labelsOf) {
    const found = predictionsBy.get(event) ?? [];
    for (const label of known) {
      if (label.offset >= first && !found.some((prediction) => concerns(label, prediction))) waiting.push(label);
    }
    for (const prediction of found) {
      const concerning = known.filter((label) => concerns(label, prediction));
      const after = latest(concerning);
      // The event's labels are about other versions.
      if (after === null) continue;
      const newest = Math.max(...known.map((label) => label.offset));
      const offset = after.offset >= first ? after.offset : newest;
      if (!met.has(predictionKey(prediction))) {
        newly.push({ prediction, offset: newest });
        outcomes.push({ ...outcomeOf(prediction, after, 1), offset });
        continue;
      }
      const before = latest(concerning.filter(({ offset }) => offset < first));
      // Its label was counted and has expired since: what it was is not known any more.
      if (before === null || saySame(before, after)) continue;
      outcomes.push({ ...outcomeOf(prediction, before, -1), offset }, { ...outcomeOf(prediction, after, 1), offset });
    }
  }
  return { outcomes, met: newly, waiting };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function concerns({ version }: Label, { stream }: LoggedPrediction): boolean {
  return version === null || version === stream.version;
}

/** Finds the label that holds: of those that were observed last the one that first came last. */
function latestBy(batch: LabelBatch): (labels: readonly Label[]) => Label | null {
  const sources = sourcesOf(batch);
  const rankOf = ({ origin }: Label): number =>
    origin === undefined ? sources.length - 1 : sources.indexOf(origin.source);
  const placeOf = ({ offset, origin }: Label): number => origin?.offset ?? offset;
  return (labels) => {
    let last: Label | null = null;
    for (const label of labels) {
      const lead =
        last === null
          ? 1
          : label.observedAt - last.observedAt || rankOf(label) - rankOf(last) || placeOf(label) - placeOf(last);
      if (lead > 0) last = label;
    }
    return last;
  };
}

function saySame(a: Label, b: Label): boolean {
  return (
    a.truth.class === b.truth.class &&
    a.truth.value === b.truth.value &&
    a.inclusionProbability === b.inclusionProbability
  );
}

/** The event is known to be labelled by two chances in a row: that it was logged, and that it was chosen. */
function outcomeOf(prediction: LoggedPrediction, { truth, inclusionProbability }: Label, sign: 1 | -1): Outcome {
  const { stream, eventTime, segments, answer, share } = prediction;
  const written = writtenAs(answer, truth);
  return {
    stream,
    eventTime,
    segments,
    answer,
    truth: written,
    inclusionProbability: inclusionProbability * share,
    sign,
  };
}
