import type { QualitySketch } from '@tidemark/sketches';
import type { Estimate } from '@tidemark/statistics';
import { classFigures, type Figures } from './class-figures.js';
import type { ExpectedMetrics } from './expected-metrics.js';
import { estimatedLoss } from './quality-estimate.js';
import { excessOf } from './quality-excess.js';
import type { QualityExpectation } from './quality-expectation.js';
import type { QualityRow } from '../quality/quality-rows.js';
import type { ScoredClasses } from './quality-sketch-strata.js';
import type { Stratum } from './quality-strata.js';
import { valueFigures } from './value-figures.js';

export type QualityFigure = Pick<QualityRow, 'metric' | 'realised' | 'expected' | 'estimated' | 'reference'>;

const UNKNOWN: Estimate = { value: NaN, low: NaN, high: NaN };
/** Standard deviations to either side in an interval of 95 %. */
const Z = 1.959963984540054;

/** A sketch and its strata. */
export interface SketchedStrata {
  readonly sketch: QualitySketch;
  readonly strata: readonly Stratum[];
}

/** The metrics of a sketch's labels: of classes where it has any, else of values. */
export function figuresOf({ sketch, strata }: SketchedStrata, scored: ScoredClasses | null): Figures {
  return sketch.classes.cells().length > 0 ? classFigures(strata, scored) : valueFigures(sketch);
}

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

/** The strata as they would be if every answer were labelled, and turned out as expected. */
export function expectedStrata(strata: readonly Stratum[], expectation: QualityExpectation): Stratum[] {
  return strata.map((stratum) => {
    const weight = stratum.predictions;
    const shares = expectation.sharesOf(stratum);
    const truths = new Map(
      expectation.classes.map((name, k) => {
        const share =
          shares.length === 0
            ? expectation.shares[k]
            : shares.reduce((sum, { group, share: part }) => sum + part * expectation.classShare(group, k), 0);
        return [name, { weight: weight * share, weightSquares: weight * share }];
      }),
    );
    const loss = weight - (truths.get(stratum.predicted)?.weight ?? 0);
    return { ...stratum, labels: weight, weight, weightSquares: weight, loss, lossSquares: loss, truths };
  });
}
