import type { LabelingRequest, LoggedPrediction, SketchPartial } from '@tidemark/monitoring';

/** A part of a past: what the sketcher makes of some of its events, and how far event time has come with them. */
export interface PastStep {
  readonly partials: readonly SketchPartial[];
  /** The events of it that somebody is to label; of panes nobody can tell which. */
  readonly requests: readonly LabelingRequest[];
  /** The predictions of it that the monitor has logged; of panes there are none. */
  readonly predictions: readonly LoggedPrediction[];
  /** Milliseconds since the epoch. */
  readonly watermark: number;
}
