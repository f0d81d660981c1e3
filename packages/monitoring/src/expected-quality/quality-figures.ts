import type { Estimate } from '@tidemark/statistics';
import { classFigures, type Figures } from './class-figures.js';
import type { ExpectedMetrics } from './expected-metrics.js';
import { estimatedLoss } from './quality-estimate.js';
import { excessOf } from './quality-excess.js';
import type { QualityExpectation } from './quality-expectation.js';
import type { ScoredClasses } from './quality-sketch-strata.js';
import type { Stratum } from './quality-strata.js';
import { expectedStrata } from './figures-of.js';

/** One metric as it was found and as it was expected. Estimates, and the ends of their intervals of 95 %, are NaN where they are not known. */
export interface QualityFigure {
  readonly metric: string;
  /** Of the labelled events. */
  readonly realised: Estimate;
  /** Expected of all answers, without any label of the window. */
  readonly expected: Estimate;
  /** Of all answers, from the labels and what was expected of them together (prediction-powered inference). */
  readonly estimated: Estimate;
  /** Of the reference; NaN where there is none. */
  readonly reference: number;
}

const UNKNOWN: Estimate = { value: NaN, low: NaN, high: NaN };
/** Standard deviations to either side in an interval of 95 %. */
const Z = 1.959963984540054;

/**
 * The metrics of a window: as its labels have them, as expected of its answers, and by both together.
 *
 * @param realised see {@link figuresOf}. @param expectation, reference null where there is nothing to hold them against.
 */
export function qualityFigures(
  realised: Figures,
  strata: readonly Stratum[],
  expectation: QualityExpectation | null,
  reference: ExpectedMetrics | null,
  scored: ScoredClasses | null,
): QualityFigure[] {
  const classes = 'accuracy' in realised;
  const expected = classes && expectation !== null ? classFigures(expectedStrata(strata, expectation), scored) : {};
  const certain = classes && reference !== null ? reference.expectedOf(strata) : {};
  const judged = classes ? 'accuracy' : 'mae';
  return Object.entries(realised).map(([metric, estimate]) => {
    const figure = {
      metric,
      realised: estimate,
      // What is expected is no sample: its interval is not that of labels.
      expected: certain[metric] ?? { ...UNKNOWN, value: expected[metric]?.value ?? NaN },
      estimated: UNKNOWN,
      reference: reference?.figures[metric]?.value ?? NaN,
    };
    if (metric !== judged || expectation === null) return figure;
    const complement = (value: number): number => (classes ? 1 - value : value);
    const { expectedLoss, expectedLossVariance } = excessOf(strata, expectation);
    const loss = estimatedLoss(strata, expectation);
    return {
      ...figure,
      expected: intervalOf(complement(expectedLoss), expectedLossVariance),
      estimated: classes ? { value: 1 - loss.value, low: 1 - loss.high, high: 1 - loss.low } : loss,
    };
  });
}

function intervalOf(value: number, variance: number): Estimate {
  const half = Z * Math.sqrt(variance);
  return { value, low: value - half, high: value + half };
}
