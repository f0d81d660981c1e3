import { normalQuantile } from '../distributions/normal.js';

/** A figure with its confidence interval. All are NaN where there is nothing to estimate it from. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export const NO_ESTIMATE: Estimate = { value: NaN, low: NaN, high: NaN };

/** Of a confidence between 0 and 1, the standard deviations to either side that a normal interval spans. */
export function deviationsAt(confidence: number): number {
  return normalQuantile(0.5 + confidence / 2);
}

/** A normal interval, kept within what the figure can be. */
export function normalEstimate(
  value: number,
  variance: number,
  confidence: number,
  [least, most]: readonly [number, number] = [-Infinity, Infinity],
): Estimate {
  if (Number.isNaN(value)) return NO_ESTIMATE;
  const half = deviationsAt(confidence) * Math.sqrt(variance);
  return { value, low: Math.max(least, value - half), high: Math.min(most, value + half) };
}

/** The interval of a figure between 0 and 1 that is normal on the scale of its logit. @param deviation on that scale. */
export function logitEstimate(value: number, deviation: number, confidence: number): Estimate {
  if (Number.isNaN(value)) return NO_ESTIMATE;
  const logit = Math.log(value / (1 - value));
  const half = deviationsAt(confidence) * deviation;
  const shareAt = (x: number): number => 1 / (1 + Math.exp(-x));
  return { value, low: shareAt(logit - half), high: shareAt(logit + half) };
}
