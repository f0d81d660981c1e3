import { QualitySketch } from '@tidemark/sketches';
import { KnownSegments } from '../summaries/known-segments.js';
import type { Outcome } from './outcome.js';
import { paneStart } from '../model/pane-time.js';
import type { SketchPartial } from '../summaries/partial.js';
import { OTHER, SegmentAdmission } from '../summaries/segment-admission.js';
import { ALL_EVENTS, segmentId, streamId, type Segment, type Stream } from '../model/stream.js';
import type { StreamKnowledge } from '../model/stream-knowledge.js';

interface OpenOutcomes {
  readonly stream: Stream;
  readonly start: number;
  readonly size: number;
  readonly admission: SegmentAdmission;
  readonly segments: Map<string, { readonly segment: Segment; readonly quality: QualitySketch }>;
}

/**
 * Folds outcomes into partials of the panes in which their predictions were made, one for each stream, segment and pane
 * touched since the last `drain`. They count no events, only what ground truth says of events that others count. Quality is
 * a sum that can be taken back, so a partial may hold fewer outcomes than none.
 */
export class OutcomeSketcher {
  readonly #open = new Map<string, OpenOutcomes>();

  constructor(private readonly knowledge: StreamKnowledge) {}

  /** How many partials the next drain gives. */
  get openPartials(): number {
    let partials = 0;
    for (const { segments } of this.#open.values()) partials += segments.size;
    return partials;
  }

  /** Outcomes of streams whose quality is not measured are passed over. */
  fold(outcomes: Iterable<Outcome>): void {
    for (const { stream, eventTime, segments, answer, truth, inclusionProbability, sign } of outcomes) {
      const open = this.#paneOf(stream, eventTime);
      if (open === null) continue;
      for (const segment of [ALL_EVENTS, ...segments]) {
        const place = open.admission.place(segment, (evicted) => moveToOther(open, evicted));
        sketchOf(open, place).addOutcome(answer, truth, inclusionProbability, sign);
      }
    }
  }

  /** The partials since the last drain, pane by pane in the order in which they were first touched. */
  drain(): SketchPartial[] {
    const partials = [...this.#open.values()].flatMap(({ stream, start, size, segments }) =>
      [...segments.values()].map(({ segment, quality }) => ({
        pane: { stream, segment, start, size },
        events: 0,
        minEventTime: Infinity,
        maxEventTime: -Infinity,
        baselineId: null,
        columns: [],
        joint: null,
        vectors: [],
        quality,
        overflow: [],
      })),
    );
    this.#open.clear();
    return partials;
  }

  #paneOf(stream: Stream, eventTime: number): OpenOutcomes | null {
    const monitor = this.knowledge.monitorOf(stream);
    if (monitor.quality === null) return null;
    const start = paneStart(eventTime, monitor.pane);
    const key = `${streamId(stream)}\u0001${start}\u0001${monitor.pane}`;
    let open = this.#open.get(key);
    if (open === undefined) {
      const known = new KnownSegments(monitor, () => this.knowledge.baselineOf(stream));
      const admission = new SegmentAdmission(monitor.limits.segments, known);
      open = { stream, start, size: monitor.pane, admission, segments: new Map() };
      this.#open.set(key, open);
    }
    return open;
  }
}

function moveToOther({ segments, ...open }: OpenOutcomes, evicted: Segment): void {
  const id = segmentId(evicted);
  const gone = segments.get(id);
  if (gone === undefined) return;
  segments.delete(id);
  sketchOf({ ...open, segments }, { dimension: evicted.dimension, value: OTHER }).merge(gone.quality);
}

function sketchOf({ segments }: OpenOutcomes, segment: Segment): QualitySketch {
  const id = segmentId(segment);
  let entry = segments.get(id);
  if (entry === undefined) segments.set(id, (entry = { segment, quality: QualitySketch.empty() }));
  return entry.quality;
}
