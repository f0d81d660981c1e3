/** Bets as shares of the greatest that cannot lose all: this, and each of the others less by a factor. */
const GREATEST_BET = 0.95;
const FACTOR = 1.6;
/** The least is 0.002 of the greatest. */
const BETS = 14;

/**
 * The logarithm of an e-value against "the mean of the differences is at most 0", for differences with a lower bound: the mean over fourteen bets λ of
 * Π (1 + λ d), the betting martingale of Waudby-Smith and Ramdas (J. R. Stat. Soc. B 2024) with a mixture in the manner of
 * Robbins (Ann. Math. Stat. 1970). As events come it may be looked at any number of times: while the mean is at most 0 it ever
 * reaches 1/α with a probability of at most α (Ville 1939). It is a function of counts, whatever the order of events; taking labels back takes the promise back.
 *
 * For a loss against its baseline a difference is the loss less the baseline's; for quality given the inputs, the loss less what was expected of the
 * answer; with weights, the weight times that.
 *
 * @param differences each at least `least`. @param counts how many events have it. @param least the bound, below 0; of losses from 0, −baseline.
 * @returns any number; 0 without events.
 * @throws RangeError where the bound is not below 0, or a difference with a count is below it.
 *
 * @example
 * ```ts
 * logMeanEValue([0.9, -0.1], [60, 340], -0.1); // 3.03
 * logMeanEValue([0.9, -0.1], [40, 360], -0.1); // -1.0
 * ```
 */
export function logMeanEValue(differences: ArrayLike<number>, counts: ArrayLike<number>, least: number): number {
  if (!(least < 0)) throw new RangeError(`differences need a bound below 0, not ${least}`);
  const logs: number[] = [];
  for (let k = 0; k < BETS; k++) {
    const bet = GREATEST_BET / FACTOR ** k / -least;
    let log = 0;
    for (let at = 0; at < differences.length; at++) {
      if (counts[at] === 0) continue;
      // Bounds that were computed may be missed by a rounding error.
      if (differences[at] < least * (1 + 1e-9)) throw new RangeError(`${differences[at]} is below the bound ${least}`);
      log += counts[at] * Math.log1p(bet * differences[at]);
    }
    logs.push(log);
  }
  const greatest = Math.max(...logs);
  return greatest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - greatest), 0) / BETS);
}

/** Losses from 0 to 1, how many events have each. */
export interface CountedLosses {
  readonly losses: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
}

/** Means that are tried before the least e-value is narrowed down. */
const TRIALS = 32;
const REFINEMENTS = 24;

/**
 * The logarithm of an e-value against "the second mean loss is at most the first", where both are seen through labels: the least, over
 * all means that both could be divided by, of the product of the two e-values against "the first is at least that" and "the second at most that". Valid
 * as {@link logMeanEValue} is, for independent events.
 *
 * @returns any number; 0 where a side has no events.
 *
 * @example
 * ```ts
 * const before = { losses: [0, 1], counts: [900, 100] };
 * logDifferenceEValue(before, { losses: [0, 1], counts: [800, 200] }) > 12; // 1
 * ```
 */
export function logDifferenceEValue(first: CountedLosses, second: CountedLosses): number {
  const [before, after] = [meanOf(first), meanOf(second)];
  if (Number.isNaN(before) || Number.isNaN(after)) return 0;
  const at = (mean: number): number =>
    logMeanEValue(
      Array.from(first.losses, (loss) => mean - loss),
      first.counts,
      mean - 1,
    ) +
    logMeanEValue(
      Array.from(second.losses, (loss) => loss - mean),
      second.counts,
      -mean,
    );
  const means = Array.from({ length: TRIALS }, (_, k) => (k + 0.5) / TRIALS);
  // Between the two means, where the least lies unless there is nothing to tell, they are finer.
  for (let k = 0; k <= TRIALS; k++) means.push(before + ((after - before) * k) / TRIALS);
  const inside = means.filter((mean) => mean > 0 && mean < 1).sort((a, b) => a - b);
  const values = inside.map(at);
  const best = values.indexOf(Math.min(...values));
  let [low, high] = [inside[Math.max(0, best - 1)], inside[Math.min(inside.length - 1, best + 1)]];
  for (let step = 0; step < REFINEMENTS; step++) {
    const [a, b] = [low + (high - low) / 3, high - (high - low) / 3];
    if (at(a) < at(b)) high = b;
    else low = a;
  }
  return Math.min(values[best], at((low + high) / 2));
}

function meanOf({ losses, counts }: CountedLosses): number {
  let [sum, count] = [0, 0];
  for (let k = 0; k < losses.length; k++) {
    sum += counts[k] * losses[k];
    count += counts[k];
  }
  return sum / count;
}
