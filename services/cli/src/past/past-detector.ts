import {
  Detector,
  type DetectorOutput,
  type LabelingRequest,
  type LoggedPrediction,
  type SketchPartial,
  type StreamKnowledge,
} from '@tidemark/monitoring';

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

/** A detector that takes a past as if it came now, with the log between it and the sketcher left out. */
export class PastDetector {
  readonly #detector: Detector;
  #offset = 0;

  constructor(knowledge: StreamKnowledge) {
    this.#detector = new Detector(0, knowledge);
  }

  /** What closes with a step. */
  take({ partials, watermark }: Pick<PastStep, 'partials' | 'watermark'>): DetectorOutput {
    for (const partial of partials) this.#detector.takePartial(this.#offset++, partial);
    this.#detector.takeWatermark(this.#offset++, { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 });
    return this.#detector.drain();
  }

  /** What is still open at the end of the past. */
  finish(): DetectorOutput {
    this.#detector.finish();
    return this.#detector.drain();
  }
}
