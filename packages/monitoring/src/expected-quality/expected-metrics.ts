import type { Estimate, ExpectedOutcome } from '@tidemark/statistics';
import type { QualityMetric } from '../model/monitor.js';
import { classFigures, type Figures } from './class-figures.js';
import { expectedFigures, positiveOutcomes } from './expected-figures.js';
import type { Excess } from './quality-excess.js';
import type { QualityExpectation } from './quality-expectation.js';
import type { ScoredClasses } from './quality-sketch-strata.js';
import { totalsOfStrata, type Stratum } from './quality-strata.js';
import { expectedStrata, figuresOf, type SketchedStrata } from './figures-of.js';

/** Standard deviations to either side in an interval of 95 %. */
const Z = 1.959963984540054;

/** A metric of labelled events beside what was expected of their answers. The excess is how much it is worse, whichever way that is. */
export interface MetricExcess extends Excess {
  readonly metric: QualityMetric;
}

/** Those that are no mean of losses: what is expected of them is no sum over groups of answers. */
const METRICS: readonly QualityMetric[] = ['precision', 'recall', 'f1', 'roc_auc', 'rmse'];

/** Whether a metric grows as quality falls. Accuracy is judged as the share of wrong answers. */
export function isLoss(metric: QualityMetric): boolean {
  return metric === 'accuracy' || metric === 'mae' || metric === 'rmse';
}

/**
 * What a reference leads one to expect of metrics that are no mean of losses. Of two classes with scores it follows from the probability of each
 * answer, with the chance in the outcomes; of others from the loss or class expected of each answer, with the variance that
 * the reference's own figure has for as many labels.
 */
export class ExpectedMetrics {
  /** Of the reference. */
  readonly figures: Figures;
  readonly #outcomes: readonly ExpectedOutcome[];

  constructor(
    reference: SketchedStrata,
    private readonly expectation: QualityExpectation,
    private readonly scored: ScoredClasses | null,
  ) {
    this.figures = figuresOf(reference, scored);
    this.#outcomes = scored === null ? [] : positiveOutcomes(reference.strata, scored.positive);
  }

  /** The metrics that it can tell anything of. */
  get known(): readonly QualityMetric[] {
    return METRICS.filter((metric) => Number.isFinite(this.figures[this.#rowOf(metric)]?.value));
  }

  /** The metrics expected of answers of two classes, labelled or not; empty where scores say nothing. */
  expectedOf(strata: readonly Stratum[]): Figures {
    return this.scored === null ? {} : expectedFigures(strata, this.#outcomes, this.scored.positive);
  }

  /** A window's metrics against what was expected of its labelled answers; those that its labels do not tell are left out. */
  excesses(realised: Figures, strata: readonly Stratum[]): MetricExcess[] {
    const { weight, effectiveLabels } = totalsOfStrata(strata);
    if (effectiveLabels === 0) return [];
    const labelled = strata.map((stratum) => ({
      ...stratum,
      predictions: (stratum.weight * effectiveLabels) / weight,
    }));
    const certain = this.expectedOf(labelled);
    const others = this.expectation.classification
      ? classFigures(expectedStrata(labelled, this.expectation), this.scored)
      : {};
    return this.known.flatMap((metric): MetricExcess[] => {
      const row = this.#rowOf(metric);
      const found = realised[row]?.value ?? NaN;
      const scored = certain[row];
      const expected =
        metric === 'rmse' ? this.#expectedRootOf(labelled) : (scored?.value ?? others[row]?.value ?? NaN);
      if (Number.isNaN(found) || Number.isNaN(expected)) return [];
      const { each, reference } = this.#varianceOf(metric);
      const scale = metric === 'rmse' ? (expected / this.figures.rmse.value) ** 2 : 1;
      const known = { metric, realised: found, expected, excess: isLoss(metric) ? found - expected : expected - found };
      if (scored !== undefined) return [{ ...known, sampling: deviationOf(scored) ** 2, estimation: 0 }];
      return [{ ...known, sampling: (scale * each) / effectiveLabels, estimation: scale * reference }];
    });
  }

  /** A metric's value against the reference's own, whatever the answers. @param labels equal ones. */
  fall({ metric, realised }: Pick<MetricExcess, 'metric' | 'realised'>, labels: number): Excess {
    const expected = this.figures[this.#rowOf(metric)].value;
    const excess = isLoss(metric) ? realised - expected : expected - realised;
    const { each, reference } = this.#varianceOf(metric);
    return { realised, expected, excess, sampling: each / labels, estimation: reference };
  }

  /** Of many classes it is the mean of their F1. */
  #rowOf(metric: QualityMetric): string {
    return metric === 'f1' && this.scored === null ? 'macro_f1' : metric;
  }

  #expectedRootOf(strata: readonly Stratum[]): number {
    let sum = 0;
    let weight = 0;
    for (const stratum of strata) {
      sum += stratum.predictions * this.expectation.expectedSquareOf(stratum);
      weight += stratum.predictions;
    }
    return Math.sqrt(sum / weight);
  }

  /** The variance of the reference's figure, and that of one label. */
  #varianceOf(metric: QualityMetric): { readonly each: number; readonly reference: number } {
    const estimate = this.figures[this.#rowOf(metric)];
    // The interval of a root mean square is normal on the scale of its logarithm.
    const deviation =
      metric === 'rmse' && estimate.value > 0
        ? (estimate.value * Math.log(estimate.high / estimate.low)) / (2 * Z)
        : deviationOf(estimate);
    const reference = deviation * deviation;
    return { each: reference * this.expectation.labels, reference };
  }
}

/** An interval may have been cut where the figure cannot go further. */
function deviationOf({ value, low, high }: Estimate): number {
  return Math.max(high - value, value - low) / Z;
}
