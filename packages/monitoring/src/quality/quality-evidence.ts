import { chiSquare, logMixtureEValue } from '@tidemark/statistics';
import type { QualityMetric } from '../model/monitor.js';
import { calibrationOf, type CalibrationEvidence } from './calibration-evidence.js';
import type { Figures } from '../expected-quality/class-figures.js';
import { isLoss, type ExpectedMetrics } from '../expected-quality/expected-metrics.js';
import { excessOf, type Excess, type WindowExcess } from '../expected-quality/quality-excess.js';
import type { QualityExpectation } from '../expected-quality/quality-expectation.js';
import { varianceBetween } from '../expected-quality/quality-reference-builder.js';
import { truthOf, type Stratum } from '../expected-quality/quality-strata.js';
import type { ReferenceMetric, ReferenceWindow } from '../model/quality-reference.js';

/** A rise of a loss, or a fall of another metric, with its uncertainty and its evidence. */
export interface Rise {
  readonly realised: number;
  readonly expected: number;
  /** How much worse the first is. */
  readonly excess: number;
  /** Standard deviation of the excess without a change: sampling, the reference's own uncertainty, and windows' variation. */
  readonly deviation: number;
  /** The sampling variance alone. */
  readonly sampling: number;
  /** Natural logarithm of the e-value against "no rise"; for shares against "no change". */
  readonly logEValue: number;
}

/** All that a verdict rests on. */
export interface QualityEvidence {
  readonly window: WindowExcess;
  /** What is judged: of accuracy it is the share of wrong answers. */
  readonly metric: QualityMetric;
  /** The metric beyond what the answers led one to expect. */
  readonly beyond: Rise;
  /** The metric beyond the reference's, whatever the inputs. */
  readonly fall: Rise;
  /** The class whose share of the labels differs most from what the scores led one to expect; null for values, and of a segment. */
  readonly baseRate: (Rise & { readonly name: string }) | null;
  /** How far the scores of events of one true class have moved: a debiased PSI, the mean over classes; null for values, and of a segment. */
  readonly withinClass: number | null;
  /** Whether outcomes are what the answers lead one to expect, over groups of answers; null of a segment. */
  readonly calibration: CalibrationEvidence | null;
  /** How far the answers have moved between groups: a debiased PSI, and the p-value of chi-square; null of a segment. */
  readonly answers: { readonly psi: number; readonly pValue: number } | null;
}

/** What the reference's windows tell of how quality varies when all is well. */
export class QualityNull {
  readonly loss: number;
  readonly shares: readonly number[];

  constructor(
    classes: number,
    private readonly windows: readonly ReferenceWindow[],
  ) {
    this.loss = varianceBetween(windows);
    this.shares = Array.from({ length: classes }, (_, k) =>
      varianceBetween(
        windows.map(({ shares, shareVariances }) => ({ excess: shares[k], variance: shareVariances[k] })),
      ),
    );
  }

  /** The variance between windows of a metric that is no mean loss. */
  of(metric: QualityMetric): number {
    return varianceBetween(this.windows.flatMap(({ metrics }) => metrics.filter((each) => each.metric === metric)));
  }
}

/** What windows are judged against. */
export interface QualityGround {
  readonly expectation: QualityExpectation;
  readonly expected: ExpectedMetrics;
  readonly variation: QualityNull;
  /** What is judged, and its variance between windows. */
  readonly metric: QualityMetric;
  readonly between: number;
  /** The number of labels at which the e-values are tightest: that of a window with labels enough. */
  readonly fullLabels: number;
}

/** @param figures the metrics of the window's labels. */
export function evidenceOf(strata: readonly Stratum[], figures: Figures, ground: QualityGround): QualityEvidence {
  const { expectation, variation, fullLabels } = ground;
  const window = excessOf(strata, expectation);
  const { classification } = expectation;
  return {
    window,
    metric: ground.metric,
    ...risesOf(strata, figures, window, ground, null),
    baseRate: baseRateOf(window, expectation, variation, fullLabels),
    withinClass: classification ? withinClassOf(strata, expectation) : null,
    calibration: calibrationOf(strata, expectation, window.effectiveLabels / weightOf(strata)),
    answers: answersOf(strata, expectation),
  };
}

/**
 * What is expected of an answer may differ from segment to segment: a segment is held against the expectation of all events plus
 * what it was beyond that in the reference. Of the rest of the evidence the reference knows nothing by segment.
 */
export function segmentEvidenceOf(
  strata: readonly Stratum[],
  figures: Figures,
  ground: QualityGround,
  usual: ReferenceMetric,
): QualityEvidence {
  const window = excessOf(strata, ground.expectation);
  const rises = risesOf(strata, figures, window, ground, usual);
  const unknown = { baseRate: null, withinClass: null, calibration: null, answers: null };
  return { window, metric: ground.metric, ...rises, ...unknown };
}

const UNKNOWN: Excess = { realised: NaN, expected: NaN, excess: NaN, sampling: 0, estimation: 0 };

function risesOf(
  strata: readonly Stratum[],
  figures: Figures,
  window: WindowExcess,
  { expectation, expected, metric, between, fullLabels }: QualityGround,
  usual: ReferenceMetric | null,
): Pick<QualityEvidence, 'beyond' | 'fall'> {
  const { effectiveLabels: labels } = window;
  let [beyond, fall] = [UNKNOWN, UNKNOWN];
  if (metric === 'accuracy' || metric === 'mae') {
    beyond = window.loss;
    fall = fallOf(window.loss, expectation);
  } else {
    const found = expected.excesses(figures, strata).find((each) => each.metric === metric);
    if (found !== undefined) [beyond, fall] = [found, expected.fall(found, labels)];
  }
  if (usual !== null) {
    const { realised } = beyond;
    const sign = isLoss(metric) ? 1 : -1;
    const estimation = usual.variance;
    beyond = {
      ...{ realised, expected: beyond.expected + sign * usual.excess, excess: beyond.excess - usual.excess },
      ...{ sampling: beyond.sampling, estimation: beyond.estimation + estimation },
    };
    const excess = sign * (realised - usual.realised);
    fall = { realised, expected: usual.realised, excess, sampling: fall.sampling, estimation };
  }
  const rise = (excess: Excess): Rise => riseOf(excess, between, labels, fullLabels);
  return { beyond: rise(beyond), fall: rise(fall) };
}

/** The mean loss against the reference's, whatever the answers. */
function fallOf({ realised, sampling, estimation }: Excess, expectation: QualityExpectation): Excess {
  const { loss: expected, labels } = expectation;
  const spread = expected * (1 - Math.min(1, expected));
  return {
    ...{ realised, expected, excess: realised - expected, sampling },
    estimation: expectation.classification ? spread / labels : estimation,
  };
}

function riseOf(excess: Excess, between: number, labels: number, fullLabels: number): Rise {
  const { realised, expected, excess: rise, sampling, estimation } = excess;
  const variance = sampling + estimation + between;
  // In units of one label's sum; what no label of this window makes smaller counts as variance too.
  const each = labels > 0 ? sampling * labels : 0;
  const known = labels > 0 && !Number.isNaN(rise);
  const logEValue = known ? logMixtureEValue(rise * labels, variance * labels * labels, each * fullLabels) : 0;
  return { realised, expected, excess: rise, deviation: Math.sqrt(variance), sampling, logEValue };
}

/** Two-sided: the mean of the two one-sided e-values. */
function changeOf(excess: Excess, between: number, labels: number, fullLabels: number): Rise {
  const up = riseOf(excess, between, labels, fullLabels);
  const down = riseOf({ ...excess, excess: -excess.excess }, between, labels, fullLabels);
  const most = Math.max(up.logEValue, down.logEValue);
  const mean = Math.log((Math.exp(up.logEValue - most) + Math.exp(down.logEValue - most)) / 2) + most;
  return { ...up, logEValue: mean };
}

function baseRateOf(
  { shares, effectiveLabels }: WindowExcess,
  { classes }: QualityExpectation,
  variation: QualityNull,
  fullLabels: number,
): QualityEvidence['baseRate'] {
  let most: QualityEvidence['baseRate'] = null;
  shares.forEach((share, k) => {
    const change = changeOf(share, variation.shares[k], effectiveLabels, fullLabels);
    // Of two classes the shares mirror each other; of many, the evidence is divided among them.
    const logEValue = change.logEValue - Math.log(Math.max(1, classes.length - 1));
    if (most === null || logEValue > most.logEValue) most = { ...change, logEValue, name: classes[k] };
  });
  return most;
}

function weightOf(strata: readonly Stratum[]): number {
  return strata.reduce((sum, { weight }) => sum + weight, 0);
}

/** Labels of each class by group, each group's in the expectation's order. */
function truthsByGroup(strata: readonly Stratum[], expectation: QualityExpectation): Float64Array[] {
  const counts = expectation.classes.map(() => new Float64Array(expectation.groups));
  for (const stratum of strata) {
    const group = expectation.groupOf(stratum);
    if (group < 0) continue;
    expectation.classes.forEach((name, k) => (counts[k][group] += truthOf(stratum, name).weight));
  }
  return counts;
}

/**
 * Under a mere change of the classes' shares the scores of each true class stay as they were (label shift: Saerens, Latinne and
 * Decaestecker 2002; Lipton, Wang and Smola 2018). The PSI of the scores within each class, less its bias, weighted by the class's share.
 */
function withinClassOf(strata: readonly Stratum[], expectation: QualityExpectation): number {
  const counts = truthsByGroup(strata, expectation);
  let sum = 0;
  let weights = 0;
  counts.forEach((window, k) => {
    const reference = Float64Array.from({ length: expectation.groups }, (_, group) => expectation.weightOf(group, k));
    const psi = pooledPsi(reference, window);
    const weight = window.reduce((total, count) => total + count, 0);
    if (psi === null) return;
    sum += psi * weight;
    weights += weight;
  });
  return weights > 0 ? sum / weights : 0;
}

/** At most so many bins, of about equal counts, so that few labels suffice. */
const POOLED_BINS = 10;

/** Null where one side has fewer than ten. May be below 0: its mean is 0 without a change. */
function pooledPsi(reference: Float64Array, window: Float64Array): number | null {
  const n = reference.reduce((sum, count) => sum + count, 0);
  const m = window.reduce((sum, count) => sum + count, 0);
  if (n < 10 || m < 10) return null;
  let psi = 0;
  let bins = 0;
  let p = 0;
  let q = 0;
  for (let group = 0; group < reference.length; group++) {
    p += reference[group];
    q += window[group];
    const last = group === reference.length - 1;
    if (p + q < (n + m) / POOLED_BINS && !last) continue;
    if (p + q === 0) continue;
    const [share, other] = [(p + 0.5) / (n + 0.5 * POOLED_BINS), (q + 0.5) / (m + 0.5 * POOLED_BINS)];
    psi += (other - share) * Math.log(other / share);
    bins++;
    p = q = 0;
  }
  return psi - (bins - 1) * (1 / n + 1 / m);
}

function answersOf(
  strata: readonly Stratum[],
  expectation: QualityExpectation,
): { readonly psi: number; readonly pValue: number } {
  const reference = Float64Array.from({ length: expectation.groups }, (_, group) => expectation.predictionsOf(group));
  const window = new Float64Array(expectation.groups);
  for (const stratum of strata) {
    const group = expectation.groupOf(stratum);
    if (group >= 0) window[group] += stratum.predictions;
  }
  const { pValue } = chiSquare(reference, window);
  return { psi: pooledPsi(reference, window) ?? 0, pValue: Number.isNaN(pValue) ? 1 : pValue };
}
