import { binsIdOf, type Baseline } from '../model/baseline.js';
import { BatchAnswers } from './batch-answers.js';
import { ColumnPlans } from './column-kinds.js';
import type { EventBatch } from './event-batch.js';
import { dependencePlanOf } from '../summaries/dependence-plan.js';
import { KnownSegments } from '../summaries/known-segments.js';
import type { Monitor } from '../model/monitor.js';
import { OpenPartials } from './open-partials.js';
import { OverflowCounts } from '../summaries/overflow.js';
import type { SketchPartial } from '../summaries/partial.js';
import type { ModelWatermark } from '../summaries/partial.js';
import { rowsByPane } from './row-groups.js';
import { SegmentAdmission } from '../summaries/segment-admission.js';
import { deriveTextColumns } from './text-columns.js';
import { streamId, type Stream } from '../model/stream.js';
import { deriveEmbeddingColumns, watchedEmbeddings } from './embedding-fold.js';
import type { StreamKnowledge } from '../model/stream-knowledge.js';

interface StreamPlans {
  readonly monitor: Monitor;
  readonly baseline: Baseline | null;
  readonly columns: ColumnPlans;
  readonly known: KnownSegments;
  /** Whether the stream has had events since the last drain. */
  used: boolean;
}

/** With more streams than this, the plans of those without events since the last drain are forgotten. */
const MOST_PLANS = 512;

/**
 * Folds the batches of one source partition into partial sketches, one for each pane of each segment touched since the last
 * `drain`. Holds nothing else that matters: what was not drained is rebuilt by reading the records again.
 */
export class PartitionSketcher {
  readonly #plans = new Map<string, StreamPlans>();
  readonly #open = new Map<string, OpenPartials>();
  #openSketches = 0;
  #watermark = -Infinity;
  readonly #models = new Map<string, number>();

  constructor(private readonly knowledge: StreamKnowledge) {}

  /** The greatest event time folded so far, milliseconds since the epoch; -Infinity before the first event. */
  get watermark(): number {
    return this.#watermark;
  }

  /** The greatest event time of each model that has had events since the last drain, milliseconds since the epoch. */
  get modelWatermarks(): ModelWatermark[] {
    return [...this.#models].map(([model, watermark]) => ({ model, watermark }));
  }

  /** How many partials the next drain gives. */
  get openPartials(): number {
    let partials = 0;
    for (const { size } of this.#open.values()) partials += size;
    return partials;
  }

  /** How many sketches the partials hold that the next drain gives, of some kilobytes each. */
  get openSketches(): number {
    return this.#openSketches;
  }

  fold(batch: EventBatch): void {
    if (batch.rows === 0) return;
    const plans = this.#plansOf(batch.stream);
    deriveTextColumns(batch, plans.monitor.texts);
    deriveEmbeddingColumns(batch);
    const vectors = watchedEmbeddings(batch, plans.monitor);
    const refused = new OverflowCounts();
    const columns = plans.columns.select(batch, refused);
    if (batch.refusedCells > 0) refused.add('columns', '', batch.refusedCells, batch.refusedNames);
    const { pane, segments, quality } = plans.monitor;
    const answers = quality === null ? null : BatchAnswers.of(batch);
    let first = true;
    for (const [start, rows] of rowsByPane(batch, pane)) {
      const open = this.#openOf(batch.stream, start, plans);
      const before = open.sketches;
      open.fold(batch, rows, segments, columns, answers, vectors);
      this.#openSketches += open.sketches - before;
      // Cells that were left out are counted for the batch as a whole: they go with the first of its panes.
      if (first)
        for (const { what, name, count, examples } of refused.list) open.overflow.add(what, name, count, examples);
      first = false;
    }
    let watermark = this.#models.get(batch.stream.model) ?? -Infinity;
    for (let row = 0; row < batch.rows; row++) watermark = Math.max(watermark, batch.eventTimes[row]);
    this.#models.set(batch.stream.model, watermark);
    this.#watermark = Math.max(this.#watermark, watermark);
  }

  /** The partials since the last drain, pane by pane in the order in which they were first touched. */
  drain(): SketchPartial[] {
    const partials = [...this.#open.values()].flatMap((open) => open.partials());
    this.#open.clear();
    this.#openSketches = 0;
    this.#models.clear();
    for (const [key, plans] of this.#plans) {
      if (plans.used) plans.columns.commit();
      else if (this.#plans.size > MOST_PLANS) this.#plans.delete(key);
      plans.used = false;
    }
    return partials;
  }

  #openOf(stream: Stream, start: number, { monitor, baseline, known }: StreamPlans): OpenPartials {
    const baselineId = baseline === null ? null : binsIdOf(baseline);
    const key = `${streamId(stream)}\u0001${start}\u0001${monitor.pane}\u0001${baselineId}`;
    let open = this.#open.get(key);
    if (open === undefined) {
      const admission = new SegmentAdmission(monitor.limits.segments, known);
      const joint = baseline === null ? null : dependencePlanOf(baseline, monitor);
      open = new OpenPartials({ stream, start, size: monitor.pane }, baselineId, joint, admission);
      this.#open.set(key, open);
    }
    return open;
  }

  #plansOf(stream: Stream): StreamPlans {
    const key = streamId(stream);
    const monitor = this.knowledge.monitorOf(stream);
    const baseline = this.knowledge.baselineOf(stream);
    let plans = this.#plans.get(key);
    if (plans === undefined || plans.monitor !== monitor || plans.baseline?.id !== baseline?.id) {
      const known = new KnownSegments(monitor, () => baseline);
      plans = { monitor, baseline, columns: new ColumnPlans(monitor, baseline), known, used: true };
      this.#plans.set(key, plans);
    }
    plans.used = true;
    return plans;
  }
}
