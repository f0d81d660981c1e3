import { ColumnSketch } from '@tidemark/sketches';
import type { Baseline } from './baseline.js';
import { carriesAny, foldColumn } from './column-fold.js';
import { ColumnPlans } from './column-kinds.js';
import type { EventBatch } from './event-batch.js';
import type { Monitor } from './monitor.js';
import type { Pane, SketchPartial } from './partial.js';
import { groupRows, type RowGroup } from './row-groups.js';
import { segmentId, streamId, type Stream } from './stream.js';

/** What the sketcher needs to know of a stream; asked anew for every batch, so that a new baseline takes hold at once. */
export interface StreamKnowledge {
  monitorOf(stream: Stream): Monitor;
  /** The baseline in force, or null where none is known. */
  baselineOf(stream: Stream): Baseline | null;
}

interface StreamPlans {
  readonly monitor: Monitor;
  readonly baseline: Baseline | null;
  readonly columns: ColumnPlans;
}

interface OpenPartial {
  readonly pane: Pane;
  readonly baselineId: string | null;
  events: number;
  minEventTime: number;
  maxEventTime: number;
  readonly columns: Map<string, ColumnSketch>;
}

/**
 * Folds the batches of one source partition into partial sketches, one for each pane of each segment touched since the last
 * `drain`. Holds nothing else that matters: what was not drained is rebuilt by reading the records again.
 */
export class PartitionSketcher {
  readonly #plans = new Map<string, StreamPlans>();
  readonly #open = new Map<string, OpenPartial>();
  #watermark = -Infinity;

  constructor(private readonly knowledge: StreamKnowledge) {}

  /** The greatest event time folded so far, milliseconds since the epoch; -Infinity before the first event. */
  get watermark(): number {
    return this.#watermark;
  }

  /** How many partials the next drain gives. */
  get openPartials(): number {
    return this.#open.size;
  }

  fold(batch: EventBatch): void {
    if (batch.rows === 0) return;
    const plans = this.#plansOf(batch.stream);
    for (const group of groupRows(batch, plans.monitor.pane, plans.monitor.segments)) {
      this.#foldGroup(batch, group, plans);
    }
    for (let row = 0; row < batch.rows; row++) {
      if (batch.eventTimes[row] > this.#watermark) this.#watermark = batch.eventTimes[row];
    }
  }

  /** The partials since the last drain, in the order in which their panes were first touched. */
  drain(): SketchPartial[] {
    const partials = [...this.#open.values()].map((open) => ({ ...open, columns: [...open.columns.values()] }));
    this.#open.clear();
    return partials;
  }

  #foldGroup(batch: EventBatch, group: RowGroup, plans: StreamPlans): void {
    const partial = this.#partialOf(batch.stream, group, plans);
    partial.events += group.rows.length;
    for (const row of group.rows) {
      const time = batch.eventTimes[row];
      if (time < partial.minEventTime) partial.minEventTime = time;
      if (time > partial.maxEventTime) partial.maxEventTime = time;
    }
    for (const [name, cells] of batch.columns) {
      const plan = plans.columns.of(cells, batch.rows);
      if (plan === null || !carriesAny(cells, group.rows)) continue;
      let sketch = partial.columns.get(name);
      if (sketch === undefined) {
        sketch = ColumnSketch.empty(name, plan.kind, plan.layout);
        partial.columns.set(name, sketch);
      }
      foldColumn(cells, group.rows, plan, sketch);
    }
  }

  #partialOf(stream: Stream, group: RowGroup, plans: StreamPlans): OpenPartial {
    const baselineId = plans.baseline?.id ?? null;
    const key = `${streamId(stream)}\u0001${segmentId(group.segment)}\u0001${group.paneStart}\u0001${baselineId}`;
    let partial = this.#open.get(key);
    if (partial === undefined) {
      partial = {
        pane: { stream, segment: group.segment, start: group.paneStart, size: plans.monitor.pane },
        baselineId,
        events: 0,
        minEventTime: Infinity,
        maxEventTime: -Infinity,
        columns: new Map(),
      };
      this.#open.set(key, partial);
    }
    return partial;
  }

  #plansOf(stream: Stream): StreamPlans {
    const key = streamId(stream);
    const monitor = this.knowledge.monitorOf(stream);
    const baseline = this.knowledge.baselineOf(stream);
    let plans = this.#plans.get(key);
    if (plans === undefined || plans.monitor !== monitor || plans.baseline?.id !== baseline?.id) {
      plans = { monitor, baseline, columns: new ColumnPlans(monitor, baseline) };
      this.#plans.set(key, plans);
    }
    return plans;
  }
}
