import type { Answer, Truth } from '@tidemark/sketches';
import type { Segment, Stream } from '../model/stream.js';

/** A prediction that has met its ground truth, or one whose label is taken back because a later label replaces it. */
export interface Outcome {
  readonly stream: Stream;
  /** When the prediction was made, milliseconds since the epoch: an outcome belongs to the window of its prediction. */
  readonly eventTime: number;
  /** The segments of the monitor's slices that the event is in, that of all events left out. */
  readonly segments: readonly Segment[];
  readonly answer: Answer;
  readonly truth: Truth;
  /** The probability with which the event was chosen to be labelled, above 0 and up to 1; 1 where labels come by themselves. */
  readonly inclusionProbability: number;
  /** 1: the label counts from now on; -1: it counted and does no longer. */
  readonly sign: 1 | -1;
}
