/** The means of the slots of a season, such as the hours of a day, with the variance of each. */
export interface SeasonMeans {
  /** How far each slot's mean lies from the mean of all. */
  readonly means: Float64Array;
  readonly variances: Float64Array;
  /** How many degrees of freedom they took from the rest. */
  readonly degrees: number;
  /** The variance that they took from the rest beyond that, where several windows make up a visit of a slot. */
  readonly taken: number;
}

/**
 * The means of a season's slots by empirical Bayes: each is drawn towards 0 by as much as the slots differ no more than
 * their noise explains, so that a series without a season gets none (a one-way random-effects model; Efron and Morris, J. Am.
 * Stat. Assoc. 1975). Needs two visits a slot on average; with fewer, or with fewer than two slots, all are 0.
 *
 * Windows one after the other in a slot are one visit of it: where a series wanders they are alike, and twelve of an hour tell little more of the
 * hour than one does.
 *
 * Slots of a week may lean on those of its days: the day's hours are fitted first, and the week's are what is left beyond them.
 *
 * @param values what each window differs by from the mean of all. @param slots each window's slot, 0 to `count` − 1, in the windows' order.
 * @param within how many slots the shorter season has, which divides `count`; 0: there is none.
 *
 * @example
 * ```ts
 * seasonMeans([1, -1, 1.1, -0.9, 0.9, -1.1], [0, 1, 0, 1, 0, 1], 2).means[0]; // 0.998333
 * ```
 */
export function seasonMeans(
  values: ArrayLike<number>,
  slots: ArrayLike<number>,
  count: number,
  within = 0,
): SeasonMeans {
  if (within > 0) return nestedMeans(values, slots, count, within);
  const means = new Float64Array(count);
  const variances = new Float64Array(count);
  const none = { means, variances, degrees: 0, taken: 0 };
  if (count < 2) return none;
  const visits = visitsOf(values, slots);
  const sums = new Float64Array(count);
  const sizes = new Float64Array(count);
  for (const { slot, mean } of visits) {
    sums[slot] += mean;
    sizes[slot]++;
  }
  const seen = sizes.reduce((n, size) => n + Number(size > 0), 0);
  if (seen < 2 || visits.length < 2 * seen) return none;
  const noiseSquares = visits.reduce((sum, { slot, mean }) => sum + (mean - sums[slot] / sizes[slot]) ** 2, 0);
  const noise = noiseSquares / (visits.length - seen);
  const between = sums.reduce((sum, total, slot) => (sizes[slot] > 0 ? sum + total ** 2 / sizes[slot] : sum), 0);
  const each = visits.length / seen;
  const spread = Math.max(0, (between / (seen - 1) - noise) / each);
  for (let slot = 0; slot < count; slot++) {
    variances[slot] = spread;
    if (sizes[slot] === 0 || spread === 0) continue;
    const kept = spread / (spread + noise / sizes[slot]);
    means[slot] = (kept * sums[slot]) / sizes[slot];
    variances[slot] = (kept * noise) / sizes[slot];
  }
  const kept = spread === 0 ? 0 : spread / (spread + noise / each);
  const usual = visits.reduce((sum, { slot }) => sum + variances[slot], 0) / visits.length;
  return { means, variances, degrees: (seen - 1) * kept, taken: usual * (1 - visits.length / values.length) };
}

/** The means of the windows that follow each other in a slot. */
function visitsOf(
  values: ArrayLike<number>,
  slots: ArrayLike<number>,
): { readonly slot: number; readonly mean: number }[] {
  const visits: { slot: number; mean: number }[] = [];
  let from = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i];
    if (i + 1 < values.length && slots[i + 1] === slots[i]) continue;
    visits.push({ slot: slots[i], mean: sum / (i + 1 - from) });
    from = i + 1;
    sum = 0;
  }
  return visits;
}

function nestedMeans(values: ArrayLike<number>, slots: ArrayLike<number>, count: number, within: number): SeasonMeans {
  const shorter = Array.from(slots, (slot) => slot % within);
  const inner = seasonMeans(values, shorter, within);
  const left = Array.from(values, (value, i) => value - inner.means[shorter[i]]);
  const outer = seasonMeans(left, slots, count);
  return {
    means: outer.means.map((mean, slot) => mean + inner.means[slot % within]),
    variances: outer.variances.map((variance, slot) => variance + inner.variances[slot % within]),
    degrees: inner.degrees + outer.degrees,
    taken: inner.taken + outer.taken,
  };
}
