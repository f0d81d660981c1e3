import type { QualityFigure } from '../expected-quality/quality-figures.js';
import type { Segment, Stream } from '../model/stream.js';

/** What a window's labels say of the model, inputs and world taken together. */
export type QualityVerdict =
  | 'unchanged'
  | 'inputs-changed'
  | 'inputs-changed-quality-fell'
  | 'concept-drift'
  | 'base-rate-changed'
  | 'not-enough-labels'
  | 'no-reference';

/** One metric of one segment of one window. Written again whenever labels come, until the window has waited long enough. */
export interface QualityRow extends QualityFigure {
  readonly stream: Stream;
  readonly segment: Segment;
  /** Milliseconds. */
  readonly windowSize: number;
  /** Milliseconds since the epoch. */
  readonly windowStart: number;
  readonly baselineId: string | null;
  readonly predictions: number;
  readonly labels: number;
  readonly verdict: QualityVerdict;
  readonly labelsNeeded: number;
  readonly evidence: readonly string[];
}
