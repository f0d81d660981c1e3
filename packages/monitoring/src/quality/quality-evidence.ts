import { chiSquare, chiSquareSf, logMixtureEValue } from '@tidemark/statistics';
import { excessOf, type Excess, type WindowExcess } from './quality-excess.js';
import type { QualityExpectation } from './quality-expectation.js';
import { varianceBetween, type ReferenceWindow } from './quality-reference.js';
import { truthOf, type Stratum } from './quality-strata.js';

/** A rise with its uncertainty and its evidence. */
export interface Rise {
  readonly realised: number;
  readonly expected: number;
  readonly excess: number;
  /** Standard deviation of the excess without a change: sampling, the reference's own uncertainty, and windows' variation. */
  readonly deviation: number;
  /** Natural logarithm of the e-value against "no rise"; for shares against "no change". */
  readonly logEValue: number;
}

/** All that a verdict rests on. */
export interface QualityEvidence {
  readonly window: WindowExcess;
  /** The loss beyond what the answers led one to expect. */
  readonly beyond: Rise;
  /** The loss beyond the reference's, whatever the inputs. */
  readonly fall: Rise;
  /** The class whose share of the labels differs most from what the scores led one to expect; null for values. */
  readonly baseRate: (Rise & { readonly name: string }) | null;
  /** How far the scores of events of one true class have moved: a debiased PSI, the mean over classes; null for values. */
  readonly withinClass: number | null;
  /** How often classes are as the score leads one to expect, over groups of scores; null for values. */
  readonly calibration: { readonly pValue: number; readonly gap: number } | null;
  /** How far the answers have moved between groups: a debiased PSI, and the p-value of chi-square. */
  readonly answers: { readonly psi: number; readonly pValue: number };
}

/** What the reference's windows tell of how quality varies when all is well. */
export class QualityNull {
  readonly loss: number;
  readonly shares: readonly number[];

  constructor(classes: number, windows: readonly ReferenceWindow[]) {
    this.loss = varianceBetween(windows);
    this.shares = Array.from({ length: classes }, (_, k) =>
      varianceBetween(
        windows.map(({ shares, shareVariances }) => ({ excess: shares[k], variance: shareVariances[k] })),
      ),
    );
  }
}

/**
 * @param fullLabels the number of labels at which the e-values are tightest: that of a window with labels enough.
 */
export function evidenceOf(
  strata: readonly Stratum[],
  expectation: QualityExpectation,
  variation: QualityNull,
  fullLabels: number,
): QualityEvidence {
  const window = excessOf(strata, expectation);
  const { loss, effectiveLabels } = window;
  const spread = expectation.loss * (1 - Math.min(1, expectation.loss));
  const reference = {
    realised: loss.realised,
    expected: expectation.loss,
    excess: loss.realised - expectation.loss,
    sampling: loss.sampling,
    estimation: expectation.classification ? spread / expectation.labels : loss.estimation,
  };
  return {
    window,
    beyond: riseOf(loss, variation.loss, effectiveLabels, fullLabels),
    fall: riseOf(reference, variation.loss, effectiveLabels, fullLabels),
    baseRate: baseRateOf(window, expectation, variation, fullLabels),
    withinClass: expectation.classification ? withinClassOf(strata, expectation) : null,
    calibration: expectation.classification
      ? calibrationOf(strata, expectation, effectiveLabels / weightOf(strata))
      : null,
    answers: answersOf(strata, expectation),
  };
}

function riseOf(excess: Excess, between: number, labels: number, fullLabels: number): Rise {
  const { realised, expected, excess: rise, sampling, estimation } = excess;
  const variance = sampling + estimation + between;
  // In units of one label's sum; what no label of this window makes smaller counts as variance too.
  const each = labels > 0 ? sampling * labels : 0;
  const logEValue = labels > 0 ? logMixtureEValue(rise * labels, variance * labels * labels, each * fullLabels) : 0;
  return { realised, expected, excess: rise, deviation: Math.sqrt(variance), logEValue };
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

/** Observed against expected counts of each class in each group of scores: Pearson's chi-square (Hosmer and Lemeshow 1980). */
function calibrationOf(
  strata: readonly Stratum[],
  expectation: QualityExpectation,
  scale: number,
): { pValue: number; gap: number } {
  const { classes, groups } = expectation;
  // One class less is free; of the others each group has one observation.
  const judged = classes.length <= 2 ? classes.slice(-1).map(() => classes.length - 1) : classes.map((_, k) => k);
  const labels = new Float64Array(groups);
  const observed = judged.map(() => new Float64Array(groups));
  const expected = judged.map(() => new Float64Array(groups));
  for (const stratum of strata) {
    const group = expectation.groupOf(stratum);
    if (group < 0 || stratum.weight <= 0) continue;
    labels[group] += stratum.weight * scale;
    judged.forEach((k, at) => {
      observed[at][group] += truthOf(stratum, classes[k]).weight * scale;
      for (const { group: from, share } of expectation.sharesOf(stratum)) {
        expected[at][group] += stratum.weight * scale * share * expectation.classShare(from, k);
      }
    });
  }
  let statistic = 0;
  let degrees = 0;
  let gap = 0;
  let total = 0;
  for (let group = 0; group < groups; group++) {
    if (labels[group] < 5) continue;
    judged.forEach((_, at) => {
      const share = expected[at][group] / labels[group];
      const variance = labels[group] * share * (1 - share) * (1 + labels[group] / expectation.labelsOf(group));
      const difference = observed[at][group] - expected[at][group];
      if (variance <= 0) return;
      statistic += (difference * difference) / variance;
      degrees++;
      gap += (difference * difference - variance) / labels[group];
    });
    total += labels[group];
  }
  if (degrees === 0) return { pValue: 1, gap: 0 };
  return { pValue: chiSquareSf(statistic, degrees), gap: Math.sqrt(Math.max(0, gap / total)) };
}

function answersOf(strata: readonly Stratum[], expectation: QualityExpectation): { psi: number; pValue: number } {
  const reference = Float64Array.from({ length: expectation.groups }, (_, group) => expectation.predictionsOf(group));
  const window = new Float64Array(expectation.groups);
  for (const stratum of strata) {
    const group = expectation.groupOf(stratum);
    if (group >= 0) window[group] += stratum.predictions;
  }
  const { pValue } = chiSquare(reference, window);
  return { psi: pooledPsi(reference, window) ?? 0, pValue: Number.isNaN(pValue) ? 1 : pValue };
}
