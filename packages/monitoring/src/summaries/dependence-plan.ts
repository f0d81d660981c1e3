import { categoricalBin, type BinLayout, type ColumnSketch } from '@tidemark/sketches';
import { normalScores } from '@tidemark/statistics';
import { binsIdOf, type Baseline } from '../model/baseline.js';
import type { Monitor } from '../model/monitor.js';

/** Scores are rounded to multiples of one in so many, and kept as whole numbers. */
const SCALE = 32;
/** A column of which one bin has more than this share hardly varies, and says nothing of others. */
const MOST_IN_A_BIN = 0.995;

/** A column whose dependence on others is watched. */
export interface ScoredColumn {
  readonly name: string;
  readonly layout: BinLayout;
  /** A whole number a bin: the normal score of the bin's place in the baseline, times 32. */
  readonly scores: Float64Array;
}

/** Which columns are watched together, and what each of their bins stands for. */
export interface DependencePlan {
  /** The baseline whose bins, and first counts in them, give the scores. */
  readonly baselineId: string;
  readonly columns: readonly ScoredColumn[];
  /** Their names, in the same order. */
  readonly names: readonly string[];
}

/** What of a baseline gives the scores. */
type ScoringBaseline = Pick<Baseline, 'id' | 'columns'> & Partial<Pick<Baseline, 'kept'>>;

const plans = new WeakMap<object, WeakMap<Monitor, DependencePlan | null>>();

/**
 * The columns that a monitor watches together: those it names, else the baseline's in its order, up to its limit. A value is replaced by
 * the mean of a standard normal variable in the place of its bin (see `normalScores`), so that no tail can decide a correlation;
 * categories stand in the order of their bins.
 *
 * @returns null where fewer than two columns can be watched, or none is to be.
 */
export function dependencePlanOf(baseline: ScoringBaseline, monitor: Monitor): DependencePlan | null {
  let known = plans.get(baseline);
  if (known === undefined) plans.set(baseline, (known = new WeakMap()));
  let plan = known.get(monitor);
  if (plan === undefined) known.set(monitor, (plan = makePlan(baseline, monitor)));
  return plan;
}

function makePlan(baseline: ScoringBaseline, { joint, columns: settings }: Monitor): DependencePlan | null {
  const { id, columns, kept = null } = baseline;
  const scored = columns
    .map((column, at) => {
      const own = settings[column.name];
      if (own?.ignore === true || (own?.kind !== undefined && own.kind !== column.kind)) return null;
      if (joint.columns !== null && !joint.columns.includes(column.name)) return null;
      return scoredColumn(column, kept?.counts[at] ?? column.bins);
    })
    .filter((column) => column !== null)
    .slice(0, joint.most);
  const names = scored.map(({ name }) => name);
  return scored.length < 2 ? null : { baselineId: binsIdOf({ id, kept }), columns: scored, names };
}

function scoredColumn({ name, layout }: ColumnSketch, bins: Float64Array | null): ScoredColumn | null {
  if (layout === null || bins === null) return null;
  const known = layout.type === 'numeric' ? bins : bins.subarray(0, layout.categories.length);
  const total = known.reduce((sum, count) => sum + count, 0);
  if (total === 0 || Math.max(...known) > MOST_IN_A_BIN * total) return null;
  const scores = normalScores(known.map((count) => count / total)).map((score) => Math.round(SCALE * score));
  return { name, layout, scores };
}

/** The score of a category; NaN for one that the baseline does not have. */
export function scoreOfCategory({ layout, scores }: ScoredColumn, category: string): number {
  return layout.type === 'categorical' ? (scores.at(categoricalBin(layout, category)) ?? NaN) : NaN;
}
