import { binCount, type ColumnSketch } from '@tidemark/sketches';
import { benjaminiHochberg, chiSquare, debiasedPsi, psi, twoProportionTest } from '@tidemark/statistics';
import type { Finding } from './drift-event.js';
import { expectedShare, faultCounts } from './fault-rates.js';
import type { DecisionSettings, Severity } from './monitor.js';

/** A difference between a window and the baseline, tested but not yet judged beside the others of its window. */
export interface Hypothesis {
  readonly metric: string;
  readonly effect: number;
  readonly windowValue: number;
  readonly baselineValue: number;
  /** Unadjusted; NaN where nothing could be tested, as with an empty column. */
  readonly pValue: number;
  /** Which thresholds the effect is held against. */
  readonly scale: 'psi' | 'rate';
}

/** Bins in which fewer window values than this are expected share one bin in the test, for chi-square's tail to hold (Cochran 1954). */
const LEAST_EXPECTED = 5;

/** All comparisons of one column: its distribution, and each fault's rate. */
export function hypothesesOf(
  window: ColumnSketch,
  windowEvents: number,
  baseline: ColumnSketch,
  baselineEvents: number,
): Hypothesis[] {
  const hypotheses = faultHypotheses(window, windowEvents, baseline, baselineEvents);
  const distribution = distributionHypothesis(window, baseline);
  return distribution === null ? hypotheses : [distribution, ...hypotheses];
}

/** How much a finding must show to count: `opening` for a new incident, half of it for one that is to stay open. */
export type Stage = 'opening' | 'open';

/**
 * Keeps the hypotheses with evidence and effect. Evidence: the p-value, adjusted over all comparisons of the window (Benjamini
 * and Hochberg 1995), is at most the false-discovery rate. Effect: at least the minor threshold.
 *
 * @returns findings in the order given, undefined where a hypothesis does not hold.
 */
export function judge(
  hypotheses: readonly Hypothesis[],
  settings: DecisionSettings,
  stageOf: (index: number) => Stage,
): (Finding | undefined)[] {
  const tested = hypotheses.map((hypothesis) => (Number.isNaN(hypothesis.pValue) ? 1 : hypothesis.pValue));
  const adjusted = benjaminiHochberg(tested);
  return hypotheses.map((hypothesis, index) => {
    if (adjusted[index] > settings.falseDiscoveryRate) return undefined;
    const least = settings[hypothesis.scale].minor * (stageOf(index) === 'open' ? 0.5 : 1);
    if (!(hypothesis.effect >= least)) return undefined;
    const { metric, effect, windowValue, baselineValue } = hypothesis;
    const severity = severityOf(effect, settings[hypothesis.scale]);
    return { metric, severity, effect, windowValue, baselineValue, pValue: adjusted[index] };
  });
}

function severityOf(effect: number, thresholds: Readonly<Record<Severity, number>>): Severity {
  if (effect >= thresholds.major) return 'major';
  return effect >= thresholds.moderate ? 'moderate' : 'minor';
}

function distributionHypothesis(window: ColumnSketch, baseline: ColumnSketch): Hypothesis | null {
  if (window.bins === null || baseline.bins === null || baseline.layout === null) return null;
  // Unseen categories are a fault of their own, with a test of their own: the distribution is that of the known ones.
  const known = binCount(baseline.layout) - (baseline.layout.type === 'categorical' ? 1 : 0);
  const expected = baseline.bins.subarray(0, known);
  const observed = window.bins.subarray(0, known);
  const [n, m] = [sum(expected), sum(observed)];
  if (n === 0 || m === 0) return null;
  const pooled = poolRareBins(expected, observed, n, m);
  const value = psi(pooled.expected, pooled.observed);
  return {
    metric: 'psi',
    effect: debiasedPsi(value, pooled.expected.length, n, m),
    windowValue: value,
    baselineValue: 0,
    pValue: pooled.expected.length < 2 ? NaN : chiSquare(pooled.expected, pooled.observed).pValue,
    scale: 'psi',
  };
}

function poolRareBins(expected: Float64Array, observed: Float64Array, n: number, m: number) {
  const kept: { expected: number[]; observed: number[] } = { expected: [], observed: [] };
  let restExpected = 0;
  let restObserved = 0;
  for (let bin = 0; bin < expected.length; bin++) {
    const share = (expected[bin] + observed[bin]) / (n + m);
    if (share * Math.min(n, m) < LEAST_EXPECTED) {
      restExpected += expected[bin];
      restObserved += observed[bin];
    } else {
      kept.expected.push(expected[bin]);
      kept.observed.push(observed[bin]);
    }
  }
  if (restExpected + restObserved > 0) {
    kept.expected.push(restExpected);
    kept.observed.push(restObserved);
  }
  return kept;
}

function faultHypotheses(
  window: ColumnSketch,
  windowEvents: number,
  baseline: ColumnSketch,
  baselineEvents: number,
): Hypothesis[] {
  const before = new Map(faultCounts(baseline, baselineEvents).map((count) => [count.metric, count]));
  return faultCounts(window, windowEvents).flatMap((now) => {
    const then = before.get(now.metric);
    if (then === undefined || now.of === 0 || then.of === 0) return [];
    const windowValue = now.faults / now.of;
    const baselineValue = then.faults / then.of;
    const rise = windowValue - baselineValue - expectedShare(now.metric, baseline);
    // A null rate that falls is as telling as one that rises (somebody fills the gaps); the other faults can only get better.
    const effect = now.metric === 'null-rate' ? Math.abs(rise) : Math.max(0, rise);
    return {
      metric: now.metric,
      effect,
      windowValue,
      baselineValue,
      pValue: twoProportionTest(then.faults, then.of, now.faults, now.of).pValue,
      scale: 'rate' as const,
    };
  });
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
