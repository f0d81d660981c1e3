import { deviationsAt, NO_ESTIMATE, normalEstimate, type Estimate } from './estimate.js';

/**
 * Sums over labelled events with weight w, prediction p and truth y: Σw, Σw², Σw(p − y), Σw|p − y|, Σw(p − y)², Σw|p − y| ÷ |y|, Σwy, Σwy².
 */
export interface ResidualSums {
  readonly weight: number;
  readonly weightSquares: number;
  readonly residual: number;
  readonly absolute: number;
  readonly squared: number;
  readonly relative: number;
  readonly truth: number;
  readonly truthSquared: number;
}

/**
 * The mean absolute error. Intervals here are normal, of as many equal labels as tell as much, (Σw)² ÷ Σw² (Kish 1965).
 *
 * @returns 0 or more, in the unit of the values; NaN without labels.
 *
 * @example
 * ```ts
 * const sums = { weight: 4, weightSquares: 4, residual: 2, absolute: 6, squared: 12, relative: 1, truth: 20, truthSquared: 130 };
 * meanAbsoluteError(sums).value; // 1.5
 * ```
 */
export function meanAbsoluteError(sums: ResidualSums, confidence = 0.95): Estimate {
  return meanOf(sums, sums.absolute, confidence, [0, Infinity]);
}

/**
 * The mean of prediction less truth: above 0 where the model answers too high.
 *
 * @returns in the unit of the values; NaN without labels.
 *
 * @example
 * ```ts
 * const sums = { weight: 4, weightSquares: 4, residual: 2, absolute: 6, squared: 12, relative: 1, truth: 20, truthSquared: 130 };
 * meanResidual(sums).value; // 0.5
 * ```
 */
export function meanResidual(sums: ResidualSums, confidence = 0.95): Estimate {
  return meanOf(sums, sums.residual, confidence, [-Infinity, Infinity]);
}

/**
 * The root of the mean square error. Its interval is normal for the logarithm of the mean square, whose variance is (κ − 1) ÷ labels with the
 * residuals' fourth moment κ in units of the squared second.
 *
 * @param kurtosis κ, 1 or more: that of a normal distribution is 3; see residualKurtosis.
 * @returns 0 or more, in the unit of the values; NaN without labels.
 *
 * @example
 * ```ts
 * const sums = { weight: 100, weightSquares: 100, residual: 0, absolute: 80, squared: 400, relative: 9, truth: 0, truthSquared: 900 };
 * rootMeanSquaredError(sums, 3).value; // 2
 * rootMeanSquaredError(sums, 3).high; // 2.29731
 * ```
 */
export function rootMeanSquaredError(sums: ResidualSums, kurtosis: number, confidence = 0.95): Estimate {
  const value = Math.sqrt(sums.squared / sums.weight);
  if (!(sums.weight > 0)) return NO_ESTIMATE;
  if (value === 0) return { value, low: 0, high: 0 };
  const half = (deviationsAt(confidence) * Math.sqrt(Math.max(0, kurtosis - 1) / labelsOf(sums))) / 2;
  return { value, low: value * Math.exp(-half), high: value * Math.exp(half) };
}

/**
 * The mean of |prediction − truth| ÷ |truth|, over events whose truth is not 0; those count as without error. The sums
 * do not tell how it varies.
 *
 * @returns 0 or more: 0.1 is 10 %; NaN without labels.
 *
 * @example
 * ```ts
 * const sums = { weight: 4, weightSquares: 4, residual: 2, absolute: 6, squared: 12, relative: 1, truth: 20, truthSquared: 130 };
 * meanAbsolutePercentageError(sums); // 0.25
 * ```
 */
export function meanAbsolutePercentageError({ weight, relative }: ResidualSums): number {
  return weight > 0 ? relative / weight : NaN;
}

/**
 * The share of the truths' variance that the model explains, 1 − mean square error ÷ variance. The interval is that of the mean square error
 * at the variance that the labelled truths have. Truths whose mean is more than some hundred of their deviations from 0 leave little precision.
 *
 * @param kurtosis as in {@link rootMeanSquaredError}.
 * @returns up to 1, below 0 for a model that is worse than the mean; NaN without labels, or where all truths are one.
 *
 * @example
 * ```ts
 * const sums = { weight: 100, weightSquares: 100, residual: 0, absolute: 80, squared: 400, relative: 9, truth: 0, truthSquared: 1600 };
 * rSquared(sums, 3).value; // 0.75
 * rSquared(sums, 3).low; // 0.670149
 * ```
 */
export function rSquared(sums: ResidualSums, kurtosis: number, confidence = 0.95): Estimate {
  const variance = sums.truthSquared / sums.weight - (sums.truth / sums.weight) ** 2;
  if (!(variance > 0)) return NO_ESTIMATE;
  const { value, low, high } = rootMeanSquaredError(sums, kurtosis, confidence);
  const explained = (error: number): number => 1 - (error * error) / variance;
  return { value: explained(value), low: explained(high), high: explained(low) };
}

function labelsOf({ weight, weightSquares }: ResidualSums): number {
  return (weight * weight) / weightSquares;
}

function meanOf(sums: ResidualSums, sum: number, confidence: number, range: readonly [number, number]): Estimate {
  if (!(sums.weight > 0)) return NO_ESTIMATE;
  const labels = labelsOf(sums);
  const mean = sum / sums.weight;
  const spread = Math.max(0, sums.squared / sums.weight - mean * mean);
  return normalEstimate(mean, labels > 1 ? spread / (labels - 1) : Infinity, confidence, range);
}
