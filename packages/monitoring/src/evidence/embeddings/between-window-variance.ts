/** A direction along which windows lie further apart than sampling explains. */
export interface BetweenVariance {
  /** Of length 1. */
  readonly direction: Float64Array;
  /** The variance along it from window to window, beyond sampling. */
  readonly between: number;
  /** The variance that sampling gives a window, times its events. */
  readonly sampling: number;
}

const MOST_DIRECTIONS = 8;
/** So many times what chance makes of the greatest of many equal variances is more than chance (Marchenko and Pastur, Math. USSR-Sb. 1967). */
const CLEARLY_MORE = 1.5;
/** After so many steps a direction that stands out is found; of one that does not it is no matter. */
const POWER_STEPS = 50;

/**
 * The directions along which windows stray: those of the greatest variance, one after the other by the power method, as long as they stand
 * out. All others are taken to have the variance of sampling, what is left on average.
 *
 * @param windows how each differs from what all are around: points of equal dimension, at least one. @param sizes events of each.
 * @returns none where nothing stands out; at most eight, and half of the dimensions.
 */
export function betweenVarianceOf(windows: readonly Float64Array[], sizes: readonly number[]): BetweenVariance[] {
  const count = windows.length;
  const dimension = windows[0].length;
  const rest = windows.map((window, w) => window.map((x) => x * Math.sqrt(sizes[w])));
  const found: { readonly direction: Float64Array; readonly variance: number }[] = [];
  while (found.length < Math.min(MOST_DIRECTIONS, Math.floor(dimension / 2))) {
    const direction = leadingOf(rest);
    const along = rest.map((window) => inner(window, direction));
    const variance = along.reduce((sum, a) => sum + a * a, 0) / count;
    const left = dimension - found.length;
    const others = (varianceOf(rest) - variance) / (left - 1);
    if (!(variance > CLEARLY_MORE * (1 + Math.sqrt(left / count)) ** 2 * others)) break;
    rest.forEach((window, w) => {
      for (let i = 0; i < dimension; i++) window[i] -= along[w] * direction[i];
    });
    found.push({ direction, variance });
  }
  const sampling = varianceOf(rest) / (dimension - found.length);
  const size = sizes.reduce((sum, n) => sum + n, 0) / count;
  return found.map(({ direction, variance }) => {
    return { direction, sampling, between: Math.max(0, variance - sampling) / size };
  });
}

/** Of all windows' points the sum over dimensions. */
function varianceOf(points: readonly Float64Array[]): number {
  return points.reduce((sum, point) => sum + inner(point, point), 0) / points.length;
}

/** The direction in which points vary most around zero, from the furthest of them on: the same for the same points. */
function leadingOf(points: readonly Float64Array[]): Float64Array {
  const furthest = points.reduce((best, point) => (inner(point, point) > inner(best, best) ? point : best));
  let direction = unit(furthest);
  for (let step = 0; step < POWER_STEPS; step++) {
    const next = new Float64Array(direction.length);
    for (const point of points) {
      const along = inner(point, direction);
      for (let i = 0; i < next.length; i++) next[i] += along * point[i];
    }
    direction = unit(next);
  }
  return direction;
}

/** A vector of zeros stays one. */
function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(inner(vector, vector));
  return length > 0 ? vector.map((x) => x / length) : vector;
}

/** The inner product of two vectors of equal dimension. */
export function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
