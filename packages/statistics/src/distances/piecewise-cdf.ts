/**
 * A distribution function given at its breakpoints, with jumps: at xs[i] it rises from below[i] = P(X < xs[i]) to
 * upTo[i] = P(X ≤ xs[i]), and between breakpoints it is a straight line from upTo[i] to below[i + 1]. An empirical
 * distribution (below[i + 1] = upTo[i]) and an interpolated one are both of this form. Before the first breakpoint it is
 * 0, from the last on 1. Without values the arrays are empty.
 */
export interface PiecewiseCdf {
  /** Strictly ascending, finite. */
  readonly xs: Float64Array;
  /** 0 to 1, ascending. */
  readonly below: Float64Array;
  /** 0 to 1, ascending, at least `below`. */
  readonly upTo: Float64Array;
}

/**
 * The empirical distribution function of weighted values.
 *
 * @param values finite, in ascending order; repeated ones are put together.
 * @param weights above 0, one a value; 1 each if left out.
 *
 * @example
 * ```ts
 * cdfAt(empiricalCdf([1, 2, 2, 5]), 2); // 0.75
 * ```
 */
export function empiricalCdf(values: ArrayLike<number>, weights?: ArrayLike<number>): PiecewiseCdf {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += weights?.[i] ?? 1;
  const builder = new CdfBuilder();
  let seen = 0;
  for (let i = 0; i < values.length; i++) {
    const before = seen;
    seen += weights?.[i] ?? 1;
    builder.add(values[i], before / total, seen / total);
  }
  return builder.build();
}

/**
 * P(X ≤ x).
 *
 * @returns 0 to 1; NaN for a distribution without values.
 *
 * @example
 * ```ts
 * cdfAt(empiricalCdf([1, 2, 3, 4]), 2.5); // 0.5
 * ```
 */
export function cdfAt(cdf: PiecewiseCdf, x: number): number {
  const count = cdf.xs.length;
  if (count === 0 || Number.isNaN(x)) return NaN;
  const i = lastAtMost(cdf.xs, x);
  if (i < 0) return 0;
  if (i === count - 1) return 1;
  return line(cdf, i, x);
}

/** P(X < x), where x lies between two breakpoints or on the upper one: on the line from breakpoint i to i + 1. */
export function line({ xs, below, upTo }: PiecewiseCdf, i: number, x: number): number {
  const rise = below[i + 1] - upTo[i];
  return rise === 0 ? upTo[i] : upTo[i] + rise * ((x - xs[i]) / (xs[i + 1] - xs[i]));
}

function lastAtMost(xs: Float64Array, x: number): number {
  let low = -1;
  let high = xs.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (xs[middle] <= x) low = middle;
    else high = middle;
  }
  return low;
}

/** Collects breakpoints in ascending order; those at one place become one jump. */
export class CdfBuilder {
  readonly #xs: number[] = [];
  readonly #below: number[] = [];
  readonly #upTo: number[] = [];

  add(x: number, below: number, upTo: number): void {
    const last = this.#xs.length - 1;
    if (last >= 0 && this.#xs[last] === x) {
      this.#upTo[last] = upTo;
      return;
    }
    this.#xs.push(x);
    this.#below.push(below);
    this.#upTo.push(upTo);
  }

  build(): PiecewiseCdf {
    return {
      xs: Float64Array.from(this.#xs),
      below: Float64Array.from(this.#below),
      upTo: Float64Array.from(this.#upTo),
    };
  }
}

/**
 * Calls `visit` for every stretch between neighbouring breakpoints of either function, with both functions' values just
 * after its start and just before its end; in between both are straight lines. The jumps lie between stretches.
 */
export function forEachStretch(
  a: PiecewiseCdf,
  b: PiecewiseCdf,
  visit: (width: number, aStart: number, bStart: number, aEnd: number, bEnd: number) => void,
): void {
  let i = -1;
  let j = -1;
  let x = Math.min(a.xs[0], b.xs[0]);
  for (;;) {
    if (i + 1 < a.xs.length && a.xs[i + 1] === x) i++;
    if (j + 1 < b.xs.length && b.xs[j + 1] === x) j++;
    const next = Math.min(i + 1 < a.xs.length ? a.xs[i + 1] : Infinity, j + 1 < b.xs.length ? b.xs[j + 1] : Infinity);
    if (next === Infinity) return;
    visit(next - x, within(a, i, x), within(b, j, x), within(a, i, next), within(b, j, next));
    x = next;
  }
}

/** The value at x of the stretch that follows breakpoint i. */
function within(cdf: PiecewiseCdf, i: number, x: number): number {
  if (i < 0) return 0;
  if (i === cdf.xs.length - 1) return 1;
  return line(cdf, i, x);
}
