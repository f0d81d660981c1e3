import type { BinLayout, ColumnKind } from '@tidemark/sketches';
import type { Baseline } from './baseline.js';
import { CellTag, type CellVector } from './event-batch.js';
import type { Monitor } from './monitor.js';

/** How the cells of a column are read. */
export interface ColumnPlan {
  readonly kind: ColumnKind;
  readonly layout: BinLayout | null;
  /** The user stated the kind: numbers in a categorical column are categories, 0 and 1 in a boolean column are booleans. */
  readonly coerce: boolean;
}

/**
 * Decides how each column of a stream is read: as the monitor states, else as in the baseline, else as its first cell that
 * holds something suggests. A decision, once made, holds until the baseline changes, so that a column whose type changes
 * midway shows type errors instead of silently becoming another column.
 */
export class ColumnPlans {
  readonly #plans = new Map<string, ColumnPlan | null>();

  constructor(
    private readonly monitor: Monitor,
    baseline: Baseline | null,
  ) {
    for (const column of baseline?.columns ?? []) {
      const settings = monitor.columns[column.name];
      if (settings?.ignore === true) continue;
      const kind = settings?.kind ?? column.kind;
      this.#plans.set(column.name, {
        kind,
        layout: kind === column.kind ? column.layout : null,
        coerce: settings?.kind !== undefined,
      });
    }
  }

  /** Null for a column that is not watched, or whose cells so far hold nothing to tell its kind by. */
  of(cells: CellVector, rows: number): ColumnPlan | null {
    const known = this.#plans.get(cells.name);
    if (known !== undefined) return known;
    const settings = this.monitor.columns[cells.name];
    if (settings?.ignore === true || (settings === undefined && !this.monitor.otherColumns)) {
      this.#plans.set(cells.name, null);
      return null;
    }
    const kind = settings?.kind ?? kindOfCells(cells, rows);
    if (kind === null) return null;
    const plan: ColumnPlan = { kind, layout: null, coerce: settings?.kind !== undefined };
    this.#plans.set(cells.name, plan);
    return plan;
  }
}

function kindOfCells(cells: CellVector, rows: number): ColumnKind | null {
  for (let row = 0; row < rows; row++) {
    switch (cells.tag(row)) {
      case CellTag.number:
        return 'numeric';
      case CellTag.string:
        return 'categorical';
      case CellTag.boolean:
        return 'boolean';
    }
  }
  return null;
}
