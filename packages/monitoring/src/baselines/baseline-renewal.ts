import type { ColumnSketch } from '@tidemark/sketches';
import { binsIdOf, FIRST_WINDOWS, ROLLING, type Baseline, type KeptBins } from '../model/baseline.js';
import { baselineOf, shortestWindow } from './baseline-building.js';
import { BaselineWindowsBuilder } from './baseline-windows-builder.js';
import { RenewalColumns } from './renewal-columns.js';
import type { RenewalPlan } from './renewal-schedule.js';
import { dependencePlanOf } from '../summaries/dependence-plan.js';
import { DependenceWindowsBuilder } from './dependence-windows.js';
import type { Monitor } from '../model/monitor.js';
import { ALL_EVENTS, segmentId, type Segment, type Stream } from '../model/stream.js';
import { EmbeddingWindowsBuilder } from './embedding-windows.js';
import { Aggregate, type Summary } from '../summaries/aggregate.js';
import type { NeededPanes } from '../windows/needed-panes.js';
import { windowCounts } from '../summaries/window-counts.js';
import type { BaselineWindows } from '../model/baseline-windows.js';
import { ENOUGH_WINDOWS, LEAST_WINDOWS } from '../windows/enough-windows.js';
import { muteAt } from '../model/mute-period.js';
import { mergeEmbeddings } from '../summaries/merge-embeddings.js';
import type { Pane } from '../model/pane.js';

/** With fewer events a baseline says too little. */
const LEAST_EVENTS = 2000;
/** The columns are of so many panes at most, spread over the stretch: it is their shape that counts. The windows have all events. */
const PANES_OF_COLUMNS = 500;
/** In bins of its own, a baseline begins with so many of the last panes, and grows from renewal to renewal. */
const PANES_ANEW = 2000;

/** A window of the stretch, while its panes come. */
interface GatheredWindow {
  readonly start: number;
  readonly segments: Map<string, { readonly segment: Segment; readonly aggregate: Aggregate }>;
}

/**
 * A baseline that is being made to follow another. It keeps the other's bins, so that windows before and after it go on being one series,
 * and those of the other's windows that are in its stretch too: the panes of what has come since are all that it takes. Where the bins no
 * longer tell enough of a column, or columns came or went, it has bins of its own.
 *
 * Give it the panes that are `needed` and then `advance`, until none are.
 */
export class BaselineRenewal {
  readonly #sampled: RenewalColumns;
  readonly #vectors: EmbeddingWindowsBuilder;
  #columns: readonly ColumnSketch[];
  #windows: BaselineWindowsBuilder;
  #joint: DependenceWindowsBuilder | null = null;
  /** Whose scores its joint windows are of. */
  #scoredBy = '';
  #current: GatheredWindow | null = null;
  #anew = false;
  #needed: NeededPanes | null;

  constructor(
    readonly stream: Stream,
    private readonly monitor: Monitor,
    readonly plan: RenewalPlan,
    private readonly previous: Baseline,
  ) {
    this.#sampled = new RenewalColumns(previous, monitor);
    this.#vectors = new EmbeddingWindowsBuilder(shortestWindow(monitor).size);
    this.#columns = previous.columns;
    this.#windows = new BaselineWindowsBuilder(shortestWindow(monitor), previous.columns);
    this.#needed = { ...this.#panesFrom(plan.from), segment: ALL_EVENTS, most: PANES_OF_COLUMNS };
  }

  /** The panes that are to be given to it next, late parts included, by ascending start; null: it can be built. */
  get needed(): NeededPanes | null {
    return this.#needed;
  }

  take({ pane, ...summary }: { readonly pane: Pane } & Summary): void {
    const start = this.#windows.windowOf(pane.start);
    if (this.#isLeftOut(start)) return;
    if (this.#sampling) {
      this.#sampled.take(summary);
      return;
    }
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

  /** To be called when all panes that were needed have been given. */
  advance(): void {
    this.#turn();
    if (!this.#sampling) {
      this.#needed = null;
      return;
    }
    this.#anew = this.plan.adopts || !this.#sampled.fit;
    if (this.#anew) {
      this.#columns = this.#sampled.anew();
      this.#windows = new BaselineWindowsBuilder(shortestWindow(this.monitor), this.#columns);
      const first = this.#windows.windowOf(this.plan.to - PANES_ANEW * this.monitor.pane);
      // What the panes hold of the dependence are scores in the old bins: there is none to begin with.
      this.#needed = this.#panesFrom(Math.max(first, this.plan.from));
      return;
    }
    const joint = dependencePlanOf(this.previous, this.monitor);
    const windowOf = (time: number): number => this.#windows.windowOf(time);
    this.#joint =
      joint === null ? null : new DependenceWindowsBuilder(joint.names, windowOf, shortestWindow(this.monitor).size);
    this.#scoredBy = joint?.baselineId ?? '';
    this.#needed = this.#panesFrom(this.#goOn());
  }

  /** Null where there is too little to make one of, or no more than there was. */
  build(): Baseline | null {
    const joint = this.#joint?.build() ?? null;
    const vectors = this.#vectors.build();
    const windows = this.#windows.build(joint === null || joint.windows.length === 0 ? null : joint, vectors);
    const rows = this.#rowsOf(windows);
    if (rows === null) return null;
    const { model, version } = this.stream;
    const { at, from, to } = this.plan;
    // Whichever is newest is in force: it must not be older than the one it follows.
    const createdAt = Math.max(at, this.previous.createdAt + 1);
    const identity = { model, version, createdAt, source: ROLLING, periodStart: from, periodEnd: to };
    const columns = this.#anew ? this.#columns : this.#sampled.kept;
    return baselineOf(identity, rows, columns, windows, this.previous.quality, this.#kept);
  }

  /** Whether its columns are being sampled; then come the windows, of all panes. */
  get #sampling(): boolean {
    return this.#needed?.most !== undefined;
  }

  #panesFrom(from: number): NeededPanes {
    const { to } = this.plan;
    return { stream: this.stream, from: Math.min(from, to), to, paneSize: this.monitor.pane, quality: false };
  }

  /** Takes over the windows that the other has of this stream. @returns from when on panes are still needed. */
  #goOn(): number {
    const { source, windows, periodEnd } = this.previous;
    const own = source === ROLLING || source === FIRST_WINDOWS;
    if (!own || windows === null || periodEnd === null || windows.size !== shortestWindow(this.monitor).size) {
      return this.plan.from;
    }
    for (const { segment, windows: each } of windows.segments) {
      for (const counts of each) if (!this.#isLeftOut(counts.start)) this.#windows.add(segment, counts);
    }
    for (const { start, moments } of windows.joint?.windows ?? []) {
      if (!this.#isLeftOut(start) && sameNames(windows.joint?.columns, this.#joint))
        this.#joint?.at(start).merge(moments);
    }
    for (const { windows: each } of windows.vectors) {
      for (const { start, sketch } of each) {
        if (!this.#isLeftOut(start)) mergeEmbeddings(this.#vectors.at(start), [sketch]);
      }
    }
    return Math.max(this.plan.from, periodEnd);
  }

  #isLeftOut(time: number): boolean {
    const start = this.#windows.windowOf(time);
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
      mergeEmbeddings(this.#vectors.at(start), aggregate.vectors);
      const { joint } = aggregate;
      if (joint === null || joint.baselineId !== this.#scoredBy) continue;
      if (sameNames(joint.moments.columns, this.#joint)) this.#joint?.at(start).merge(joint.moments);
    }
  }

  /** How many events it is of; null: too few. */
  #rowsOf({ segments }: BaselineWindows): number | null {
    const all = segments.find(({ segment }) => segment.dimension === '')?.windows ?? [];
    const rows = all.reduce((sum, { events }) => sum + events, 0);
    if (this.#columns.length === 0 || rows < LEAST_EVENTS || all.length < LEAST_WINDOWS) return null;
    // One of the full length that hardly holds anything, as after a gap, is no better than the one before.
    const most = (this.plan.to - this.plan.from) / shortestWindow(this.monitor).size;
    const enough = this.plan.whole && all.length >= Math.min(ENOUGH_WINDOWS, most / 2);
    return enough || this.#anew || rows > this.previous.rows ? rows : null;
  }

  get #kept(): KeptBins | null {
    if (this.#anew) return null;
    const counts = this.previous.kept?.counts ?? this.previous.columns.map(({ bins }) => bins ?? new Float64Array(0));
    return { baselineId: binsIdOf(this.previous), counts };
  }
}

function sameNames(names: readonly string[] | undefined, joint: DependenceWindowsBuilder | null): boolean {
  return (
    joint !== null && names?.length === joint.columns.length && names.every((name, at) => name === joint.columns[at])
  );
}
