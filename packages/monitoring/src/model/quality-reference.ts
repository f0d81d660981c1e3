import type { QualitySketch } from '@tidemark/sketches';
import type { QualityMetric } from './monitor.js';
import type { Segment } from './stream.js';

/** A metric of a part of the reference against the expectation of all of it. */
export interface ReferenceMetric {
  readonly metric: QualityMetric;
  /** As found: of accuracy the share of wrong answers. */
  readonly realised: number;
  /** How much worse that is than what was expected of its answers, and the sampling variance of it. */
  readonly excess: number;
  readonly variance: number;
}

/** One window of the reference against the expectation of all of it. */
export interface ReferenceWindow {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly labels: number;
  /** The mean loss beyond what was expected of its answers, and the sampling variance of that. */
  readonly excess: number;
  readonly variance: number;
  /** For each class of the expectation: its share beyond what was expected, and the sampling variance. */
  readonly shares: readonly number[];
  readonly shareVariances: readonly number[];
  /** Those that are no mean loss. */
  readonly metrics: readonly ReferenceMetric[];
}

/** One segment of the reference against the expectation of all events. */
export interface ReferenceSegment {
  readonly segment: Segment;
  readonly labels: number;
  /** The mean loss, as accuracy or mae, and those that are none. */
  readonly metrics: readonly ReferenceMetric[];
}

/** How good a model was when all was well: what the quality of windows is compared with. */
export interface QualityReference {
  readonly sketch: QualitySketch;
  /** In the order of their starts; none where they are not known. */
  readonly windows: readonly ReferenceWindow[];
  /** Those with labels enough; none where they are not known. */
  readonly segments: readonly ReferenceSegment[];
}
