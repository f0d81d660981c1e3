import { CoMoments, ColumnSketch, QualitySketch, type EmbeddingSketch } from '@tidemark/sketches';
import type { BatchAnswers } from './batch-answers.js';
import { carriesAny, foldColumn } from './column-fold.js';
import type { EventBatch } from './event-batch.js';
import { foldDependence } from './dependence-fold.js';
import type { DependencePlan } from '../summaries/dependence-plan.js';
import type { Dependence } from '../summaries/dependence.js';
import { OverflowCounts } from '../summaries/overflow.js';
import type { SketchPartial } from '../summaries/partial.js';
import type { PlannedColumn } from './planned-column.js';
import { rowsBySegment } from './row-groups.js';
import { OTHER, type SegmentAdmission } from '../summaries/segment-admission.js';
import { ALL_EVENTS, segmentId, type Segment } from '../model/stream.js';
import type { EmbeddingColumn } from './embedding-column.js';
import { foldEmbeddings } from './embedding-fold.js';
import type { Pane } from '../model/pane.js';

interface OpenPartial {
  readonly segment: Segment;
  events: number;
  minEventTime: number;
  maxEventTime: number;
  readonly columns: Map<string, ColumnSketch>;
  /** Null where quality is not measured, or nothing was answered. */
  quality: QualitySketch | null;
}

/** What has been folded into one pane of one stream since the last commit: the partials of its segments. */
export class OpenPartials {
  /** What exceeded its limit. */
  readonly overflow = new OverflowCounts();
  readonly #segments = new Map<string, OpenPartial>();
  #sketches = 0;
  #joint: CoMoments | null = null;
  readonly #vectors = new Map<string, EmbeddingSketch>();

  constructor(
    private readonly pane: Omit<Pane, 'segment'>,
    private readonly baselineId: string | null,
    /** Which columns are watched together; null: none. */
    private readonly dependencePlan: DependencePlan | null,
    private readonly admission: SegmentAdmission,
  ) {}

  get size(): number {
    return this.#segments.size;
  }

  /** How many sketches it holds, of some kilobytes each: one a column of each segment, and one for what else is kept of a segment. */
  get sketches(): number {
    return this.#segments.size + this.#sketches;
  }

  /**
   * Folds rows of a batch in: once as events, and once more in their value's segment for each entry of `slices`; a row that
   * lacks one of an entry's dimensions is in none of that entry's segments.
   *
   * @param answers null where quality is not measured.
   */
  fold(
    batch: EventBatch,
    rows: Int32Array,
    slices: readonly (readonly string[])[],
    columns: readonly PlannedColumn[],
    answers: BatchAnswers | null,
    vectors: readonly EmbeddingColumn[],
  ): void {
    foldEmbeddings(vectors, rows, this.#vectors);
    this.#foldSegment(ALL_EVENTS, batch, rows, columns, answers);
    if (this.dependencePlan !== null) {
      this.#joint ??= CoMoments.empty(this.dependencePlan.names);
      foldDependence(columns, rows, this.dependencePlan, this.#joint);
    }
    for (const dimensions of slices) {
      const dimension = dimensions.join('|');
      const { byValue, refused, evicted } = rowsBySegment(batch, rows, dimensions, this.admission);
      for (const value of evicted) this.#moveToOther({ dimension, value });
      for (const [value, members] of byValue) this.#foldSegment({ dimension, value }, batch, members, columns, answers);
      if (refused.length > 0) this.overflow.add('segments', dimension, byValue.get(OTHER)?.length ?? 0, refused);
    }
  }

  /** The partials, in the order in which their segments were first met. */
  partials(): SketchPartial[] {
    const { pane, baselineId } = this;
    return [...this.#segments.values()].map(({ segment, columns, ...open }) => ({
      ...open,
      pane: { ...pane, segment },
      baselineId,
      columns: [...columns.values()],
      joint: segment.dimension === '' ? this.#dependenceOf() : null,
      vectors: segment.dimension === '' ? [...this.#vectors.values()] : [],
      overflow: segment.dimension === '' ? this.overflow.list : [],
    }));
  }

  #foldSegment(
    segment: Segment,
    batch: EventBatch,
    rows: Int32Array,
    columns: readonly PlannedColumn[],
    answers: BatchAnswers | null,
  ): void {
    const partial = this.#open(segment);
    partial.events += rows.length;
    for (const row of rows) {
      const time = batch.eventTimes[row];
      if (time < partial.minEventTime) partial.minEventTime = time;
      if (time > partial.maxEventTime) partial.maxEventTime = time;
    }
    for (const column of columns) {
      const { cells, plan } = column;
      if (!carriesAny(cells, rows)) continue;
      let sketch = partial.columns.get(cells.name);
      if (sketch === undefined) {
        sketch = ColumnSketch.empty(cells.name, plan.kind, plan.layout);
        partial.columns.set(cells.name, sketch);
        this.#sketches++;
      }
      foldColumn(column, rows, sketch);
    }
    if (answers !== null && rows.length > 0) answers.fold(rows, (partial.quality ??= QualitySketch.empty()));
  }

  #dependenceOf(): Dependence | null {
    if (this.dependencePlan === null || this.#joint === null) return null;
    return { baselineId: this.dependencePlan.baselineId, moments: this.#joint };
  }

  #moveToOther(evicted: Segment): void {
    const id = segmentId(evicted);
    const gone = this.#segments.get(id);
    // A value that was admitted and evicted within the same batch has not been counted anywhere yet.
    if (gone === undefined) return;
    this.#segments.delete(id);
    const { dimension, value } = evicted;
    const other = this.#open({ dimension, value: OTHER });
    other.events += gone.events;
    other.minEventTime = Math.min(other.minEventTime, gone.minEventTime);
    other.maxEventTime = Math.max(other.maxEventTime, gone.maxEventTime);
    if (gone.quality !== null) {
      if (other.quality === null) other.quality = gone.quality;
      else other.quality.merge(gone.quality);
    }
    for (const [name, sketch] of gone.columns) {
      const known = other.columns.get(name);
      if (known === undefined) other.columns.set(name, sketch);
      else {
        known.merge(sketch);
        this.#sketches--;
      }
    }
    this.overflow.add('segments', dimension, gone.events, [value]);
  }

  #open(segment: Segment): OpenPartial {
    const id = segmentId(segment);
    let partial = this.#segments.get(id);
    if (partial === undefined) {
      partial = {
        segment,
        events: 0,
        minEventTime: Infinity,
        maxEventTime: -Infinity,
        columns: new Map(),
        quality: null,
      };
      this.#segments.set(id, partial);
    }
    return partial;
  }
}
