/** A discrete distribution with one peak, on the whole numbers low to high. */
export interface UnimodalDistribution {
  readonly low: number;
  readonly high: number;
  readonly mode: number;
  readonly pmf: (k: number) => number;
  /** pmf(k + 1) / pmf(k), for low ≤ k < high. */
  readonly ratio: (k: number) => number;
}

/** Outcomes whose probability differs from the observed one's by no more than rounding count as equally probable. */
const AS_PROBABLE = 1 + 1e-7;
/** A tail is summed until its terms no longer change the sum. */
const NEGLIGIBLE = 1e-18;

/**
 * The two-sided p-value of an exact test: the probability of all outcomes no more probable than the observed one (Freeman
 * and Halton, Biometrika 1951). It takes steps in proportion to the distribution's standard deviation, not to its range.
 *
 * @returns 0 to 1.
 */
export function noMoreProbable(distribution: UnimodalDistribution, observed: number): number {
  const { low, high, mode, pmf } = distribution;
  const limit = pmf(observed) * AS_PROBABLE;
  if (pmf(mode) <= limit) return 1;
  const above = observed > mode;
  const near = above ? upperTail(distribution, observed) : lowerTail(distribution, observed);
  // On the far side the probabilities fall away from the mode: find by bisection where they reach the limit.
  let inside = mode;
  let outside = above ? low - 1 : high + 1;
  while (Math.abs(outside - inside) > 1) {
    const middle = Math.floor((inside + outside) / 2);
    if (pmf(middle) > limit) inside = middle;
    else outside = middle;
  }
  if (outside < low || outside > high) return Math.min(1, near);
  const far = above ? lowerTail(distribution, outside) : upperTail(distribution, outside);
  return Math.min(1, near + far);
}

function upperTail({ high, pmf, ratio }: UnimodalDistribution, from: number): number {
  let term = 1;
  let sum = 1;
  for (let k = from; k < high && term > sum * NEGLIGIBLE; k++) {
    term *= ratio(k);
    sum += term;
  }
  return pmf(from) * sum;
}

function lowerTail({ low, pmf, ratio }: UnimodalDistribution, from: number): number {
  let term = 1;
  let sum = 1;
  for (let k = from - 1; k >= low && term > sum * NEGLIGIBLE; k--) {
    term /= ratio(k);
    sum += term;
  }
  return pmf(from) * sum;
}
