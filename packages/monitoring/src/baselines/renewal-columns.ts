import { ColumnSketch } from '@tidemark/sketches';
import type { Baseline } from '../model/baseline.js';
import { layoutFor } from './baseline-building.js';
import type { Monitor } from '../model/monitor.js';
import { Aggregate, type Summary } from '../summaries/aggregate.js';

/** A bin that holds so much of a column tells too little of it, unless a bin of the first baseline did. */
const MOST_IN_A_BIN = 0.5;
/** And so does one that holds so many times as much as any did. */
const MOST_GROWTH = 2;
/** Of unseen categories, so much more may have come. */
const MOST_UNSEEN = 0.1;
/** A column that is new becomes part of the baseline where so many of the events have it. */
const LEAST_COVERAGE = 0.5;

/** The columns of a baseline that is being renewed, as far as they are known from the events given. */
export class RenewalColumns {
  readonly #all = new Aggregate();
  /** In the bins that were. */
  readonly kept: readonly ColumnSketch[];

  constructor(
    private readonly previous: Baseline,
    private readonly monitor: Monitor,
  ) {
    this.kept = previous.columns.map(({ name, kind, layout }) => ColumnSketch.empty(name, kind, layout));
  }

  take({ events, minEventTime, maxEventTime, columns }: Summary): void {
    const sketches = [...columns];
    const counted = { events, minEventTime, maxEventTime, columns: sketches };
    this.#all.merge({ ...counted, joint: null, quality: null, vectors: [] });
    const byName = new Map(sketches.map((sketch) => [sketch.name, sketch]));
    for (const column of this.kept) {
      const sketch = byName.get(column.name);
      if (sketch !== undefined) column.merge(sketch);
    }
  }

  /** Whether the bins that were still tell enough of every column, and columns are the same. */
  get fit(): boolean {
    const known = new Set(this.previous.columns.map(({ name }) => name));
    for (const sketch of this.#all.columns) {
      if (!known.has(sketch.name) && sketch.values >= LEAST_COVERAGE * this.#all.events) return false;
    }
    return this.previous.columns.every((column, at) => {
      const sketch = this.#all.column(column.name);
      if (sketch === undefined || sketch.values === 0 || sketch.kind !== column.kind) return false;
      const now = this.kept[at].bins;
      const then = this.previous.kept?.counts[at] ?? column.bins;
      if (now === null || then === null) return true;
      if (column.layout?.type === 'categorical') return unseenIn(now) <= unseenIn(then) + MOST_UNSEEN;
      return greatestIn(now) <= Math.max(MOST_IN_A_BIN, MOST_GROWTH * greatestIn(then));
    });
  }

  /** In bins of their own. */
  anew(): ColumnSketch[] {
    const known = new Set(this.previous.columns.map(({ name }) => name));
    const columns: ColumnSketch[] = [];
    for (const sketch of this.#all.columns) {
      if (!known.has(sketch.name) && sketch.values < LEAST_COVERAGE * this.#all.events) continue;
      const layout = layoutFor(sketch, this.monitor.columns[sketch.name]?.bins);
      if (layout === null) continue;
      const column = ColumnSketch.empty(sketch.name, sketch.kind, layout);
      column.merge(sketch);
      columns.push(column);
    }
    return columns.sort((a, b) => (a.name < b.name ? -1 : 1));
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
