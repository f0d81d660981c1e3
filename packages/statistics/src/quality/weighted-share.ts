import { deviationsAt, NO_ESTIMATE, type Estimate } from './estimate.js';

/** Labelled events of one kind: the sums of their weights and of the squares. A weight is one divided by the probability of being labelled. */
export interface WeightedCount {
  readonly weight: number;
  readonly weightSquares: number;
}

/** So many events that were all labelled. */
export function unweighted(count: number): WeightedCount {
  return { weight: count, weightSquares: count };
}

/**
 * The share of one kind of events among two, from labels with weights: the ratio estimate of Hájek (1971), whose variance by
 * linearisation is (S₁ (1 − p)² + S₀ p²) ÷ W² with the sums S of squared weights. The interval is Wilson's (J. Am. Stat. Assoc. 1927)
 * of so many equal labels as have that variance. Of counts without weights it is Wilson's own.
 *
 * @param confidence between 0 and 1.
 * @returns from 0 to 1; NaN without events.
 *
 * @example
 * ```ts
 * weightedShare(unweighted(40), unweighted(10)).low; // 0.669629
 * weightedShare({ weight: 80, weightSquares: 160 }, unweighted(20)).value; // 0.8
 * ```
 */
export function weightedShare(part: WeightedCount, rest: WeightedCount, confidence = 0.95): Estimate {
  const weight = part.weight + rest.weight;
  if (!(weight > 0)) return NO_ESTIMATE;
  const value = part.weight / weight;
  const spread = part.weightSquares * (1 - value) ** 2 + rest.weightSquares * value ** 2;
  // At 0 and 1 the variance says nothing, and Kish's number of equal labels stands for it.
  const n =
    value > 0 && value < 1 && spread > 0
      ? (value * (1 - value) * weight * weight) / spread
      : (weight * weight) / (part.weightSquares + rest.weightSquares);
  const z = deviationsAt(confidence);
  const shrink = 1 + (z * z) / n;
  const centre = (value + (z * z) / (2 * n)) / shrink;
  const half = (z * Math.sqrt((value * (1 - value)) / n + (z * z) / (4 * n * n))) / shrink;
  return {
    value,
    low: value === 0 ? 0 : Math.max(0, centre - half),
    high: value === 1 ? 1 : Math.min(1, centre + half),
  };
}
