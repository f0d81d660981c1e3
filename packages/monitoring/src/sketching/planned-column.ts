import { binNumbers, type BinLayout, type ColumnKind } from '@tidemark/sketches';
import { CellTag, type CellVector } from './event-batch.js';

/** How the cells of a column are read. */
export interface ColumnPlan {
  readonly kind: ColumnKind;
  readonly layout: BinLayout | null;
  /** The user stated the kind: numbers in a categorical column are categories. */
  readonly coerce: boolean;
}

/** A column of a batch that is watched, and how it is read. */
export interface PlannedColumn {
  readonly cells: CellVector;
  readonly plan: ColumnPlan;
  /** Of each row the bin of its number in the plan's layout, −1 where it has no finite one; null where the layout is of no numbers. */
  readonly bins: Int32Array | null;
}

/** One a column, used again for its next batch. */
const buffers = new WeakMap<CellVector, Int32Array>();

/**
 * Finds the bin of every number of a column, once for all that counts them: each segment's sketch and the joint scores.
 *
 * @param rows how many rows the batch has. The bins hold until the next call for these cells.
 */
export function plannedColumn(cells: CellVector, plan: ColumnPlan, rows: number): PlannedColumn {
  const { layout } = plan;
  if (layout?.type !== 'numeric') return { cells, plan, bins: null };
  let bins = buffers.get(cells);
  if (bins === undefined || bins.length < rows) buffers.set(cells, (bins = new Int32Array(2 * rows)));
  if (rows > 0) cells.reserve(rows - 1);
  const { tags, values } = cells;
  binNumbers(layout, values, rows, bins);
  for (let row = 0; row < rows; row++) if (tags[row] !== CellTag.number) bins[row] = -1;
  return { cells, plan, bins };
}
