import type { Answer } from '@tidemark/sketches';
import type { Stream } from '../model/stream.js';

/** Which part of the budget an event was chosen for: any event, one the model is unsure of, or one unlike the baseline. */
export const LABELING_REASONS = ['uniform', 'uncertain', 'drifted'] as const;
export type LabelingReason = (typeof LABELING_REASONS)[number];

/** An event that somebody is asked to label, with all that is needed to do so and to weigh the label. */
export interface LabelingRequest {
  readonly eventId: string;
  readonly stream: Stream;
  /** Milliseconds since the epoch. */
  readonly eventTime: number;
  /** The event's value in each dimension that it carries. */
  readonly segments: Readonly<Record<string, string>>;
  /** What the model saw, by name; null: it said that the feature was missing. */
  readonly features: Readonly<Record<string, number | string | boolean | null>>;
  readonly answer: Answer;
  /** The probability with which this event was chosen, above 0 and up to 1: its label counts for one divided by it. */
  readonly inclusionProbability: number;
  readonly reason: LabelingReason;
  /** The strata that it is in, such as `country=DE, score=[0.8, 1]`; empty where there are none. */
  readonly stratum: string;
  /** The baseline that the probability rests on; null: none was known. */
  readonly baselineId: string | null;
}
