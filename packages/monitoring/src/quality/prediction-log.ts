import { foldString, hashHigh, type Answer } from '@tidemark/sketches';
import { BatchAnswers } from '../sketching/batch-answers.js';
import type { EventBatch } from '../sketching/event-batch.js';
import type { Monitor } from '../model/monitor.js';
import type { Segment, Stream } from '../model/stream.js';

/** A prediction as it is kept for the label that may come. */
export interface LoggedPrediction {
  readonly stream: Stream;
  readonly eventId: string;
  /** Milliseconds since the epoch. */
  readonly eventTime: number;
  /** The segments of the monitor's slices that the event was in, that of all events left out. */
  readonly segments: readonly Segment[];
  readonly answer: Answer;
  /** The probability with which it was logged, above 0 and up to 1. */
  readonly share: number;
}

/** Sets this choice apart from every other that is made by hashing the event's id. */
const SALT = 'prediction-log\u0000';

/** Whether an event is among those logged. A function of its id, so that every instance, every version and every replay agree. */
export function isLogged(eventId: string, share: number): boolean {
  return share >= 1 || hashHigh(...foldString(SALT + eventId)) >>> 0 < share * 2 ** 32;
}

/** The predictions of a batch that its monitor has logged, with their rows; events that answer nothing are left out. */
export function* predictionsOf(
  batch: EventBatch,
  { predictionLog, segments }: Pick<Monitor, 'predictionLog' | 'segments'>,
): Generator<{ readonly row: number; readonly prediction: LoggedPrediction }, void, undefined> {
  const answers = BatchAnswers.of(batch);
  if (predictionLog === null || answers === null) return;
  const { share } = predictionLog;
  for (let row = 0; row < batch.rows; row++) {
    const eventId = batch.eventIds[row];
    const answer = isLogged(eventId, share) ? answers.at(row) : null;
    if (answer === null) continue;
    const eventTime = batch.eventTimes[row];
    const prediction = { stream: batch.stream, eventId, eventTime, segments: slicesOf(batch, row, segments), answer };
    yield { row, prediction: { ...prediction, share } };
  }
}

function slicesOf(batch: EventBatch, row: number, slices: Monitor['segments']): Segment[] {
  return slices.flatMap((dimensions): Segment[] => {
    const values = dimensions.map((dimension) => batch.segments.get(dimension)?.string(row));
    return values.includes(undefined) ? [] : [{ dimension: dimensions.join('|'), value: values.join('|') }];
  });
}
