/** One group of a population before and after, of which the groups are a partition. */
export interface GroupChange {
  /** The group's share of the population, 0 to 1, on each side. */
  readonly shareBefore: number;
  readonly shareAfter: number;
  /** The mean of the figure within the group on each side; ignored where the group's share is 0. */
  readonly meanBefore: number;
  readonly meanAfter: number;
}

/** A group's parts in the change of the whole population's mean. */
export interface ChangePart {
  /** What its own change brought about. */
  readonly within: number;
  /** What the change of its share brought about: 0 where it is like the others. */
  readonly mix: number;
}

/**
 * Divides the change of a population's mean among its groups: what changed within each, and what the change of its share did
 * (Kitagawa, "Components of a difference between two rates", J. Am. Stat. Assoc. 1955). Each factor is weighed by the mean of the
 * other before and after, so that nothing is left over and the two sides are exchangeable:
 *
 *     within = (w + w′)/2 · (x′ − x),  mix = (w′ − w) · ((x + x′)/2 − (X + X′)/2)
 *
 * with shares w, means x, and X the whole population's. A group that one side lacks has no mean there: it is taken to be as on
 * the other side, and its part is all mix.
 *
 * @param groups whose shares add up to 1 on each side.
 * @returns one entry a group; the sum of all of them is the change of the mean.
 *
 * @example
 * ```ts
 * const small = { shareBefore: 0.2, shareAfter: 0.2, meanBefore: 1, meanAfter: 2 };
 * const large = { shareBefore: 0.8, shareAfter: 0.8, meanBefore: 1, meanAfter: 1 };
 * changeParts([small, large])[0].within; // 0.2
 * ```
 */
export function changeParts(groups: readonly GroupChange[]): ChangePart[] {
  const known = groups.map((group) => ({
    ...group,
    meanBefore: group.shareBefore > 0 ? group.meanBefore : group.shareAfter > 0 ? group.meanAfter : 0,
    meanAfter: group.shareAfter > 0 ? group.meanAfter : group.shareBefore > 0 ? group.meanBefore : 0,
  }));
  const middle = known.reduce(
    (sum, { shareBefore, shareAfter, meanBefore, meanAfter }) =>
      sum + (shareBefore * meanBefore + shareAfter * meanAfter) / 2,
    0,
  );
  return known.map(({ shareBefore, shareAfter, meanBefore, meanAfter }) => ({
    within: ((shareBefore + shareAfter) / 2) * (meanAfter - meanBefore),
    mix: (shareAfter - shareBefore) * ((meanBefore + meanAfter) / 2 - middle),
  }));
}
