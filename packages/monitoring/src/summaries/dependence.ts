import type { CoMoments } from '@tidemark/sketches';

/** The dependence between the columns of some events: moments of their scores, which only mean something under one baseline. */
export interface Dependence {
  /** The baseline whose bins give the scores. */
  readonly baselineId: string;
  readonly moments: CoMoments;
}

/** A copy, so that both may go on changing. */
export function copyOfDependence({ baselineId, moments }: Dependence): Dependence {
  return { baselineId, moments: moments.clone() };
}

/**
 * Adds one to another where their scores are the same, and of the same columns; else the later one stands: it is of the baseline and the
 * columns that are in force now.
 *
 * @param into is changed where it can be; null: nothing yet.
 */
export function mergeDependence(into: Dependence | null, other: Dependence): Dependence {
  if (into === null || into.baselineId !== other.baselineId || !ofSameColumns(into, other))
    return copyOfDependence(other);
  into.moments.merge(other.moments);
  return into;
}

function ofSameColumns(a: Dependence, b: Dependence): boolean {
  const [names, others] = [a.moments.columns, b.moments.columns];
  return names.length === others.length && names.every((name, at) => name === others[at]);
}
