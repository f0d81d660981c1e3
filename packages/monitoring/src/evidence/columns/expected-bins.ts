import { debiasedPsi, psi, seasonMeans } from '@tidemark/statistics';
import { slotOf, type SeasonSlots } from '../season-slots.js';
import { FIRST_BIN } from '../../summaries/window-counts.js';
import type { WindowCounts } from '../../model/baseline-windows.js';

/** Bins in which fewer window values than this are expected share one bin of a PSI, so that its bias is as stated (Cochran 1954). */
const LEAST_EXPECTED = 5;

/** The PSI of a window, and what is left of it as an effect. */
export interface PsiEffect {
  readonly psi: number;
  readonly effect: number;
}

/**
 * What the baseline leads to expect of a column's bins at each slot of the day, and how far windows stray from it: an effect is
 * what a window differs by beyond its hour, its sampling and its usual straying.
 */
export class ExpectedBins {
  readonly #bySlot: readonly Float64Array[];
  readonly #betweenVariance: number;

  /**
   * @param known how many of the bins make up the distribution; an unseen category's bin does not.
   * @param windows of the baseline; fewer than two tell nothing of seasons and straying.
   * @param total counts of the column in the whole baseline.
   */
  constructor(
    private readonly known: number,
    windows: readonly WindowCounts[],
    column: number,
    total: Float64Array,
    private readonly slots: SeasonSlots,
  ) {
    const counts = windows.map(({ columns }) => binsOf(columns[column], known));
    const whole = binsOf(total, known);
    const sizes = counts.map(sum);
    const index = windows.map(({ start }) => slotOf(start, slots));
    const all = Math.max(1, sum(whole));
    const means = Array.from(whole, (count, bin) =>
      seasonMeans(
        counts.map((each, w) => each[bin] / Math.max(1, sizes[w]) - count / all),
        index,
        slots.count,
        slots.within,
      ),
    );
    this.#bySlot = Array.from({ length: slots.count }, (_, slot) =>
      whole.map((count, bin) => Math.max(0, count + all * means[bin].means[slot])),
    );
    this.#betweenVariance = betweenVarianceOf(counts, sizes, index, this.#bySlot, all);
  }

  /** @param counts of the column in a window that starts at `start`; null where either side has no values. */
  effectOf(counts: Float64Array, start: number): PsiEffect | null {
    const observed = binsOf(counts, this.known);
    const expected = this.#bySlot[slotOf(start, this.slots)];
    const [n, m] = [sum(expected), sum(observed)];
    if (n === 0 || m === 0) return null;
    const pooled = poolRareBins(expected, observed, n, m);
    const value = psi(pooled.expected, pooled.observed);
    const effect = Math.max(0, debiasedPsi(value, pooled.expected.length, n, m) - this.#betweenVariance);
    return { psi: value, effect };
  }
}

/** The PSI that windows have beyond their sampling, by its second-order form: the sum over bins of the squared difference over the share. */
function betweenVarianceOf(
  counts: readonly Float64Array[],
  sizes: readonly number[],
  slots: readonly number[],
  bySlot: readonly Float64Array[],
  all: number,
): number {
  if (counts.length < 2) return 0;
  let betweenVariance = 0;
  counts.forEach((each, w) => {
    if (sizes[w] === 0) return;
    each.forEach((count, bin) => {
      const share = bySlot[slots[w]][bin] / all;
      if (share * sizes[w] < LEAST_EXPECTED) return;
      betweenVariance += ((count / sizes[w] - share) ** 2 / share - (1 - share) / sizes[w]) / counts.length;
    });
  });
  return Math.max(0, betweenVariance);
}

function poolRareBins(expected: Float64Array, observed: Float64Array, n: number, m: number) {
  const kept: { expected: number[]; observed: number[] } = { expected: [], observed: [] };
  let restExpected = 0;
  let restObserved = 0;
  for (let bin = 0; bin < expected.length; bin++) {
    const share = (expected[bin] + observed[bin]) / (n + m);
    if (share * Math.min(n, m) < LEAST_EXPECTED) {
      restExpected += expected[bin];
      restObserved += observed[bin];
    } else {
      kept.expected.push(expected[bin]);
      kept.observed.push(observed[bin]);
    }
  }
  if (restExpected + restObserved > 0) {
    kept.expected.push(restExpected);
    kept.observed.push(restObserved);
  }
  return kept;
}

function binsOf(counts: Float64Array, known: number): Float64Array {
  return counts.subarray(FIRST_BIN, FIRST_BIN + known);
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
