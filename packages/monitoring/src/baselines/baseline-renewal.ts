import { ColumnSketch } from '@tidemark/sketches';
import { binsIdOf, ROLLING, type Baseline, type KeptBins } from './baseline.js';
import { baselineOf, layoutFor, shortestWindow } from './baseline-building.js';
import { BaselineWindowsBuilder } from './baseline-windows.js';
import type { RenewalPlan } from './renewal-schedule.js';
import { ENOUGH_WINDOWS, LEAST_WINDOWS } from '../decisions/segment-null.js';
import { muteAt } from '../incidents/mutes.js';
import { jointPlanOf, type JointPlan } from '../joint/joint-plan.js';
import { JointWindowsBuilder } from '../joint/joint-windows.js';
import type { Monitor } from '../monitor.js';
import { segmentId, type Segment, type Stream } from '../stream.js';
import { mergeVectors } from '../vectors/vector-fold.js';
import { VectorWindowsBuilder } from '../vectors/vector-windows.js';
import { Aggregate, type Summary } from '../windows/aggregate.js';
import type { NeededPanes } from '../windows/needed-panes.js';
import type { Pane } from '../windows/partial.js';
import { windowCounts } from '../windows/window-counts.js';

/** With fewer events a baseline says too little. */
const LEAST_EVENTS = 2000;
/** A bin that holds so much of a column tells too little of it, unless a bin of the first baseline did. */
const MOST_IN_A_BIN = 0.5;
/** And so does one that holds so many times as much as any did. */
const MOST_GROWTH = 2;
/** Of unseen categories, so much more may have come. */
const MOST_UNSEEN = 0.1;
/** A column that is new becomes part of the baseline where so many of the events have it. */
const LEAST_COVERAGE = 0.5;

/** A window of the stretch, while its panes come. */
interface GatheredWindow {
  readonly start: number;
  readonly segments: Map<string, { readonly segment: Segment; readonly aggregate: Aggregate }>;
}

/**
 * A baseline that is being made of the panes of a stretch, to follow another. It keeps the other's bins, so that windows before and after
 * it go on being one series; where they no longer tell enough of a column, or columns came or went, it has bins of its own, for which it
 * must be given the panes twice.
 */
export class BaselineRenewal {
  readonly #whole = new Aggregate();
  /** The same in the bins that were. */
  readonly #kept: readonly ColumnSketch[];
  #current: GatheredWindow | null = null;
  #columns: readonly ColumnSketch[];
  #windows: BaselineWindowsBuilder;
  #joint: { readonly plan: JointPlan; readonly windows: JointWindowsBuilder } | null;
  #vectors = new VectorWindowsBuilder();
  #count = 0;
  #pass: 'first' | 'second' | 'over' = 'first';
  #anew = false;

  constructor(
    readonly stream: Stream,
    private readonly monitor: Monitor,
    readonly plan: RenewalPlan,
    private readonly previous: Baseline,
  ) {
    this.#columns = previous.columns;
    this.#kept = previous.columns.map(({ name, kind, layout }) => ColumnSketch.empty(name, kind, layout));
    this.#windows = new BaselineWindowsBuilder(shortestWindow(monitor), previous.columns);
    const joint = jointPlanOf(previous, monitor);
    const windowOf = (time: number): number => this.#windows.windowOf(time);
    this.#joint = joint === null ? null : { plan: joint, windows: new JointWindowsBuilder(joint.names, windowOf) };
  }

  /** The panes that it is made of; late parts included, by ascending start. */
  get needed(): NeededPanes {
    const { from, to } = this.plan;
    return { stream: this.stream, from, to, paneSize: this.monitor.pane, quality: false };
  }

  take({ pane, ...summary }: { readonly pane: Pane } & Summary): void {
    const start = this.#windows.windowOf(pane.start);
    if (this.#isLeftOut(start)) return;
    if (this.#current?.start !== start) {
      this.#turn();
      this.#current = { start, segments: new Map() };
    }
    const id = segmentId(pane.segment);
    let entry = this.#current.segments.get(id);
    if (entry === undefined) {
      this.#current.segments.set(id, (entry = { segment: pane.segment, aggregate: new Aggregate() }));
    }
    const { events, minEventTime, maxEventTime, columns, joint, vectors } = summary;
    entry.aggregate.merge({ events, minEventTime, maxEventTime, columns, joint, vectors, quality: null });
  }

  /** To be asked when all panes have been given. @returns true: give them once more. */
  again(): boolean {
    this.#turn();
    if (this.#pass !== 'first') {
      this.#pass = 'over';
      return false;
    }
    this.#anew = this.plan.adopts || !this.#fits();
    this.#pass = this.#anew && this.#enough() ? 'second' : 'over';
    if (this.#pass === 'over') return false;
    this.#columns = this.#columnsAnew();
    this.#windows = new BaselineWindowsBuilder(shortestWindow(this.monitor), this.#columns);
    // What the panes hold of it are scores in the old bins.
    this.#joint = null;
    this.#vectors = new VectorWindowsBuilder();
    return true;
  }

  /** Null where there is too little to make one of, or no more than there was. */
  build(): Baseline | null {
    if (!this.#enough()) return null;
    const columns = this.#anew ? this.#columns : this.#kept;
    const joint = this.#joint?.windows.build() ?? null;
    const windows = this.#windows.build(
      joint === null || joint.windows.length === 0 ? null : joint,
      this.#vectors.build(),
    );
    const { model, version } = this.stream;
    const { at, from, to } = this.plan;
    // Whichever is newest is in force: it must not be older than the one it follows.
    const createdAt = Math.max(at, this.previous.createdAt + 1);
    const identity = { model, version, createdAt, source: ROLLING, periodStart: from, periodEnd: to };
    return baselineOf(identity, this.#whole.events, columns, windows, this.previous.quality, this.#keptBins);
  }

  #isLeftOut(start: number): boolean {
    const end = start + shortestWindow(this.monitor).size;
    if (start < this.plan.from || end > this.plan.to) return true;
    if (this.plan.leftOut.some(({ from, to }) => start < to && end > from)) return true;
    return this.monitor.mutes.some((mute) => muteAt(mute, start, end) !== null);
  }

  #turn(): void {
    if (this.#current === null) return;
    const { start, segments } = this.#current;
    this.#current = null;
    for (const { segment, aggregate } of segments.values()) {
      this.#windows.add(segment, windowCounts(start, aggregate, this.#columns));
      if (segment.dimension !== '') continue;
      mergeVectors(this.#vectors.at(start), aggregate.vectors);
      if (this.#pass !== 'first') continue;
      this.#count++;
      this.#whole.merge(aggregate);
      for (const column of this.#kept) {
        const sketch = aggregate.column(column.name);
        if (sketch !== undefined) column.merge(sketch);
      }
      const { joint } = aggregate;
      if (this.#joint === null || joint?.baselineId !== this.#joint.plan.baselineId) continue;
      if (joint.moments.columns.join('\u0000') !== this.#joint.plan.names.join('\u0000')) continue;
      this.#joint.windows.at(start).merge(joint.moments);
    }
  }

  #enough(): boolean {
    if (this.#whole.events < LEAST_EVENTS || this.#count < LEAST_WINDOWS) return false;
    if (this.plan.adopts || this.#whole.events > this.previous.rows) return true;
    // One of the full length that hardly holds anything, as after a gap, is no better than the one before.
    const most = (this.plan.to - this.plan.from) / shortestWindow(this.monitor).size;
    return this.plan.whole && this.#count >= Math.min(ENOUGH_WINDOWS, most / 2);
  }

  /** Whether the bins that were still tell enough of every column, and columns are the same. */
  #fits(): boolean {
    const known = new Set(this.previous.columns.map(({ name }) => name));
    for (const sketch of this.#whole.columns) {
      if (!known.has(sketch.name) && sketch.values >= LEAST_COVERAGE * this.#whole.events) return false;
    }
    return this.previous.columns.every((column, at) => {
      const sketch = this.#whole.column(column.name);
      if (sketch === undefined || sketch.values === 0 || sketch.kind !== column.kind) return false;
      const now = this.#kept[at].bins;
      const then = this.previous.kept?.counts[at] ?? column.bins;
      if (now === null || then === null) return true;
      if (column.layout?.type === 'categorical') return unseenIn(now) <= unseenIn(then) + MOST_UNSEEN;
      return greatestIn(now) <= Math.max(MOST_IN_A_BIN, MOST_GROWTH * greatestIn(then));
    });
  }

  #columnsAnew(): ColumnSketch[] {
    const known = new Set(this.previous.columns.map(({ name }) => name));
    const columns: ColumnSketch[] = [];
    for (const sketch of this.#whole.columns) {
      if (!known.has(sketch.name) && sketch.values < LEAST_COVERAGE * this.#whole.events) continue;
      const layout = layoutFor(sketch, this.monitor.columns[sketch.name]?.bins);
      if (layout === null) continue;
      const column = ColumnSketch.empty(sketch.name, sketch.kind, layout);
      column.merge(sketch);
      columns.push(column);
    }
    return columns.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get #keptBins(): KeptBins | null {
    if (this.#anew) return null;
    const counts = this.previous.kept?.counts ?? this.previous.columns.map(({ bins }) => bins ?? new Float64Array(0));
    return { baselineId: binsIdOf(this.previous), counts };
  }
}

function greatestIn(bins: Float64Array): number {
  return Math.max(...bins) / Math.max(1, total(bins));
}

function unseenIn(bins: Float64Array): number {
  return bins[bins.length - 1] / Math.max(1, total(bins));
}

function total(bins: Float64Array): number {
  return bins.reduce((sum, count) => sum + count, 0);
}
