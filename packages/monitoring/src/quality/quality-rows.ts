import type { Estimate } from '@tidemark/statistics';
import type { QualityVerdict } from './quality-verdict.js';
import type { Segment, Stream } from '../model/stream.js';

/** One metric of one segment of one window. Written again whenever labels come, until the window has waited long enough. */
export interface QualityRow {
  readonly stream: Stream;
  readonly segment: Segment;
  /** Milliseconds. */
  readonly windowSize: number;
  /** Milliseconds since the epoch. */
  readonly windowStart: number;
  readonly metric: string;
  readonly baselineId: string | null;
  readonly predictions: number;
  readonly labels: number;
  /** Of the labelled events. Estimates, and the ends of their intervals of 95 %, are NaN where they are not known. */
  readonly realised: Estimate;
  /** Expected of all answers, without any label of the window. */
  readonly expected: Estimate;
  /** Of all answers, from the labels and what was expected of them together (prediction-powered inference). */
  readonly estimated: Estimate;
  /** Of the reference; NaN where there is none. */
  readonly reference: number;
  readonly verdict: QualityVerdict;
  readonly labelsNeeded: number;
  readonly evidence: readonly string[];
}
