import { sameLayout, type CoMoments } from '@tidemark/sketches';
import { coerce, isCoerced } from '../sketching/column-fold.js';
import { CellTag } from '../sketching/event-batch.js';
import type { PlannedColumn } from '../sketching/planned-column.js';
import { scoreOfCategory, type DependencePlan, type ScoredColumn } from '../summaries/dependence-plan.js';

/** Room for the scores of a batch: a column of scores and one of presence for each watched column. */
const scores: Float64Array[] = [];
const presence: Uint8Array[] = [];

/**
 * Adds the scores of some rows to moments of the plan's columns. A cell that has no score counts as missing, as do those of a
 * column that is counted in other bins than the plan's.
 */
export function foldDependence(
  columns: readonly PlannedColumn[],
  rows: Int32Array,
  plan: DependencePlan,
  moments: CoMoments,
): void {
  const byName = new Map(columns.map((column) => [column.cells.name, column]));
  const present = plan.columns.map((column, at) => {
    if (scores.length <= at || scores[at].length < rows.length) {
      scores[at] = new Float64Array(2 * rows.length);
      presence[at] = new Uint8Array(2 * rows.length);
    }
    const planned = byName.get(column.name);
    return fill(at, column, planned, rows) === 0 ? null : presence[at];
  });
  moments.add(scores.slice(0, present.length), present, rows.length);
}

function fillNone(at: number, rows: Int32Array): number {
  scores[at].fill(0, 0, rows.length);
  presence[at].fill(0, 0, rows.length);
  return rows.length;
}

/** @returns how many rows have no score. */
function fill(at: number, column: ScoredColumn, planned: PlannedColumn | undefined, rows: Int32Array): number {
  if (planned === undefined || !sameLayout(planned.plan.layout, column.layout)) return fillNone(at, rows);
  return planned.bins === null
    ? fillCategories(at, column, planned, rows)
    : fillNumbers(at, column, planned.bins, rows);
}

function fillNumbers(at: number, { scores: ofBins }: ScoredColumn, bins: Int32Array, rows: Int32Array): number {
  const into = scores[at];
  const has = presence[at];
  let missing = 0;
  for (let i = 0; i < rows.length; i++) {
    const bin = bins[rows[i]];
    const scored = bin >= 0;
    into[i] = scored ? ofBins[bin] : 0;
    has[i] = scored ? 1 : 0;
    if (!scored) missing++;
  }
  return missing;
}

function fillCategories(at: number, column: ScoredColumn, { cells, plan }: PlannedColumn, rows: Int32Array): number {
  const into = scores[at];
  const has = presence[at];
  const { tags, values, dictionary } = cells;
  const known = dictionary.map((category) => scoreOfCategory(column, category));
  const wanted = plan.kind === 'boolean' ? CellTag.boolean : CellTag.string;
  let missing = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    const tag = row < tags.length ? tags[row] : CellTag.absent;
    let score = NaN;
    if (tag === wanted) {
      if (tag === CellTag.string) score = known[values[row]];
      else score = scoreOfCategory(column, values[row] === 1 ? 'true' : 'false');
    } else if (isCoerced(plan) && tag !== CellTag.absent && tag !== CellTag.null) {
      const category = coerce(cells, row, plan.kind === 'boolean');
      if (category !== null) score = scoreOfCategory(column, category);
    }
    const scored = score === score;
    into[i] = scored ? score : 0;
    has[i] = scored ? 1 : 0;
    if (!scored) missing++;
  }
  return missing;
}
