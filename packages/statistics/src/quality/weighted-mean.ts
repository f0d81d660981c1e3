import { NO_ESTIMATE, normalEstimate, type Estimate } from './estimate.js';

/**
 * The mean of a figure that is the same for all labelled events of a cell: Hájek's ratio estimate with the variance by
 * linearisation, Σ S_c (x_c − mean)² ÷ W².
 *
 * @param values by cell. @param weights the sum of the weights by cell. @param weightSquares that of their squares; without weights both
 *   are the counts. @param range what the figure can be.
 * @returns NaN without weight.
 * @throws RangeError where the arrays differ in length.
 *
 * @example
 * ```ts
 * weightedMean([0, 1], [10, 30], [10, 30]).value; // 0.75
 * weightedMean([0, 1], [10, 30], [10, 30]).high; // 0.884190
 * ```
 */
export function weightedMean(
  values: ArrayLike<number>,
  weights: ArrayLike<number>,
  weightSquares: ArrayLike<number>,
  confidence = 0.95,
  range: readonly [least: number, most: number] = [-Infinity, Infinity],
): Estimate {
  if (values.length !== weights.length || values.length !== weightSquares.length) {
    throw new RangeError(
      `cells have ${values.length} values, ${weights.length} weights and ${weightSquares.length} squares`,
    );
  }
  let weight = 0;
  let sum = 0;
  for (let cell = 0; cell < values.length; cell++) {
    weight += weights[cell];
    if (weights[cell] !== 0) sum += weights[cell] * values[cell];
  }
  if (!(weight > 0)) return NO_ESTIMATE;
  const mean = sum / weight;
  let spread = 0;
  for (let cell = 0; cell < values.length; cell++) {
    if (weightSquares[cell] !== 0) spread += weightSquares[cell] * (values[cell] - mean) ** 2;
  }
  return normalEstimate(mean, spread / (weight * weight), confidence, range);
}
