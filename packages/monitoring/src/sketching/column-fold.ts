import type { ColumnSketch } from '@tidemark/sketches';
import { CellTag, type CellVector } from './event-batch.js';
import type { ColumnPlan, PlannedColumn } from './planned-column.js';

let numbers = new Float64Array(1024);
let binned = new Int32Array(1024);
let counts = new Float64Array(1024);

/** Whether any of some rows carries the column at all, be it a null. */
export function carriesAny(cells: CellVector, rows: Int32Array): boolean {
  for (let i = 0; i < rows.length; i++) if (cells.tag(rows[i]) !== CellTag.absent) return true;
  return false;
}

/**
 * Folds some rows of a column into a sketch. Absent cells leave no trace: how many events lacked the column follows from
 * the pane's count of events.
 */
export function foldColumn(column: PlannedColumn, rows: Int32Array, sketch: ColumnSketch): void {
  if (rows.length === 0) return;
  const { cells, plan } = column;
  cells.reserve(rows[rows.length - 1]);
  if (plan.kind === 'numeric' || plan.kind === 'integer') foldNumbers(column, rows, sketch);
  else foldCategories(column, rows, sketch);
}

function foldNumbers({ cells, bins }: PlannedColumn, rows: Int32Array, sketch: ColumnSketch): void {
  if (numbers.length < rows.length) {
    numbers = new Float64Array(rows.length * 2);
    binned = new Int32Array(rows.length * 2);
  }
  const { tags, values } = cells;
  let n = 0;
  let nulls = 0;
  let faults = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    const tag = tags[row];
    if (tag === CellTag.number) {
      if (bins !== null) binned[n] = bins[row];
      numbers[n++] = values[row];
    } else if (tag === CellTag.null) nulls++;
    else if (tag !== CellTag.absent) faults++;
  }
  if (n > 0) sketch.addNumbers(numbers, n, bins === null ? undefined : binned);
  if (nulls > 0) sketch.addNull(nulls);
  if (faults > 0) sketch.addTypeError(faults);
}

function foldCategories({ cells, plan }: PlannedColumn, rows: Int32Array, sketch: ColumnSketch): void {
  const { tags, values, dictionary } = cells;
  if (counts.length < dictionary.length) counts = new Float64Array(dictionary.length * 2);
  counts.fill(0, 0, dictionary.length);
  const wanted = plan.kind === 'boolean' ? CellTag.boolean : CellTag.string;
  let nulls = 0;
  let faults = 0;
  let falses = 0;
  let trues = 0;
  const coerced = new Map<string, number>();
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    const tag = tags[row];
    if (tag === wanted) {
      if (tag === CellTag.string) counts[values[row]]++;
      else if (values[row] === 1) trues++;
      else falses++;
    } else if (tag === CellTag.null) nulls++;
    else if (tag !== CellTag.absent) {
      const category = isCoerced(plan) ? coerce(cells, row, plan.kind === 'boolean') : null;
      if (category === null) faults++;
      else coerced.set(category, (coerced.get(category) ?? 0) + 1);
    }
  }
  for (let id = 0; id < dictionary.length; id++) {
    if (counts[id] > 0) sketch.addCategory(dictionary[id], counts[id]);
  }
  if (falses > 0) sketch.addCategory('false', falses);
  if (trues > 0) sketch.addCategory('true', trues);
  for (const [category, count] of coerced) sketch.addCategory(category, count);
  if (nulls > 0) sketch.addNull(nulls);
  if (faults > 0) sketch.addTypeError(faults);
}

/**
 * Whether cells of another type are read as what they stand for. Those of a boolean column always: what is `True` to one program
 * is 1, `TRUE` or `1.0` to the next.
 */
export function isCoerced({ coerce: stated, kind }: ColumnPlan): boolean {
  return stated || kind === 'boolean';
}

/** The category that a cell of another type stands for; null where it stands for none. */
export function coerce(cells: CellVector, row: number, boolean: boolean): string | null {
  const text =
    cells.string(row) ?? String(cells.tags[row] === CellTag.boolean ? cells.values[row] === 1 : cells.values[row]);
  if (!boolean) return text;
  const word = text.trim().toLowerCase();
  const number = word === '' ? NaN : Number(word);
  if (word === 'false' || number === 0) return 'false';
  return word === 'true' || number === 1 ? 'true' : null;
}
