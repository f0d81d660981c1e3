import type { ColumnKind } from '@tidemark/sketches';
import type { Baseline } from '../model/baseline.js';
import { CellTag, type CellVector, type EventBatch } from './event-batch.js';
import { plannedColumn, type PlannedColumn, type ColumnPlan } from './planned-column.js';
import type { Monitor } from '../model/monitor.js';
import { rankOf } from '../summaries/name-rank.js';
import type { OverflowCounts } from '../summaries/overflow.js';
import { PREDICTION_COLUMNS } from '../model/prediction-columns.js';

const { score, class: predicted, value, confidence } = PREDICTION_COLUMNS;
const PREDICTIONS: readonly string[] = [score, predicted, value, confidence];

/**
 * Decides how each column of a stream is read: as the monitor states, else as in the baseline, else as its first cell that
 * holds something suggests. A decision, once made, holds until the baseline changes, so that a column whose type changes
 * midway shows type errors instead of silently becoming another column.
 *
 * Decides also which columns are sketched between two commits where there are more than the limit: those of the baseline,
 * those that the monitor names and the predictions always; further ones as they come, of those that come together the ones
 * that more events carry first, then those of the least hash. A stream's own features are in nearly every event, so they have
 * their place even while a feature named after an id makes a new column an event.
 */
export class ColumnPlans {
  readonly #plans = new Map<string, ColumnPlan | null>();
  readonly #known: ReadonlySet<string>;
  /** The columns that have a place until the next commit. */
  readonly #admitted = new Set<string>();

  constructor(
    private readonly monitor: Monitor,
    baseline: Baseline | null,
  ) {
    const names = baseline?.columns.map(({ name }) => name) ?? [];
    this.#known = new Set([...names, ...Object.keys(monitor.columns), ...PREDICTIONS]);
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

  /** The columns of a batch that are to be sketched; the cells of those that have no place are counted. */
  select(batch: EventBatch, refused: OverflowCounts): PlannedColumn[] {
    const planned: PlannedColumn[] = [];
    const asking: PlannedColumn[] = [];
    for (const cells of batch.columns.values()) {
      const plan = this.#of(cells, batch.rows);
      if (plan === null) continue;
      const admitted = this.#admitted.has(cells.name);
      (admitted ? planned : asking).push(plannedColumn(cells, plan, batch.rows));
    }
    if (asking.length === 0) return planned;
    let others: { readonly column: PlannedColumn; readonly carried: number }[] = [];
    for (const column of asking) {
      const { name } = column.cells;
      const carried = cellsIn(column.cells, batch.rows);
      if (carried === 0) continue;
      if (this.#known.has(name)) this.#admit(column, planned);
      else others.push({ column, carried });
    }
    const room = Math.max(0, this.monitor.limits.columns - this.#admitted.size);
    if (others.length > room) {
      others = others
        .map((other) => ({ ...other, rank: rankOf(other.column.cells.name, false) }))
        .sort((a, b) => b.carried - a.carried || a.rank - b.rank);
      for (const { column, carried } of others.splice(room)) refused.add('columns', '', carried, [column.cells.name]);
    }
    for (const { column } of others) this.#admit(column, planned);
    return planned;
  }

  /** Begins anew with who has a place. Of names that come and go, only so many decisions are kept. */
  commit(): void {
    if (this.#plans.size > 2 * (this.monitor.limits.columns + this.#known.size)) {
      for (const name of this.#plans.keys()) {
        if (!this.#admitted.has(name) && !this.#known.has(name)) this.#plans.delete(name);
      }
    }
    this.#admitted.clear();
  }

  #admit(column: PlannedColumn, planned: PlannedColumn[]): void {
    this.#admitted.add(column.cells.name);
    planned.push(column);
  }

  /** Null for a column that is not watched, or whose cells so far hold nothing to tell its kind by. */
  #of(cells: CellVector, rows: number): ColumnPlan | null {
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

/** How many rows carry a column, be it with a null. */
function cellsIn(cells: CellVector, rows: number): number {
  let carried = 0;
  for (let row = 0; row < rows; row++) if (cells.tag(row) !== CellTag.absent) carried++;
  return carried;
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
