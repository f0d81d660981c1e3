import type { ColumnSketch } from '@tidemark/sketches';
import {
  cdfOfSketch,
  chiSquare,
  debiasedPsi,
  hellinger,
  jensenShannonDistance,
  ksError,
  ksPValue,
  ksStatistic,
  psi,
  totalVariation,
  wassersteinDistance,
} from '@tidemark/statistics';
import { faultCounts, type FaultMetric } from '../summaries/fault-rates.js';
import type { Distances, FaultRates } from './rows.js';

/** All distances undefined. */
export const NO_DISTANCES: Distances = {
  psi: null,
  psiDebiased: null,
  jensenShannonDistance: null,
  hellinger: null,
  totalVariation: null,
  chiSquare: null,
  chiSquareP: null,
  ks: null,
  ksP: null,
  ksError: null,
  wasserstein: null,
  wassersteinBySd: null,
};

/** All distances of a window's column from the baseline's. Both must be counted in the same bins. */
export function distancesBetween(window: ColumnSketch, baseline: ColumnSketch): Distances {
  if (window.values === 0 || baseline.values === 0) return NO_DISTANCES;
  return { ...NO_DISTANCES, ...binnedDistances(window, baseline), ...digestDistances(window, baseline) };
}

function binnedDistances(window: ColumnSketch, baseline: ColumnSketch): Partial<Distances> {
  const [expected, observed] = [baseline.bins, window.bins];
  if (expected === null || observed === null) return {};
  const value = psi(expected, observed);
  const test = chiSquare(expected, observed);
  return {
    psi: value,
    psiDebiased: debiasedPsi(value, expected.length, baseline.values, window.values),
    jensenShannonDistance: jensenShannonDistance(expected, observed),
    hellinger: hellinger(expected, observed),
    totalVariation: totalVariation(expected, observed),
    chiSquare: finite(test.statistic),
    chiSquareP: finite(test.pValue),
  };
}

function digestDistances(window: ColumnSketch, baseline: ColumnSketch): Partial<Distances> {
  if (window.digest === null || baseline.digest === null) return {};
  const [before, after] = [cdfOfSketch(baseline), cdfOfSketch(window)];
  const ks = ksStatistic(before, after);
  const wasserstein = wassersteinDistance(before, after);
  return {
    ks,
    ksP: ksPValue(ks, baseline.values, window.values),
    ksError: ksError(baseline, window),
    wasserstein,
    wassersteinBySd: finite(wasserstein / baseline.moments.standardDeviation),
  };
}

/** The rates of all faults of a column. @param events how many events the sketch stands for. */
export function faultRatesOf(sketch: ColumnSketch, events: number): FaultRates {
  const rates = new Map<FaultMetric, number>();
  for (const { metric, faults, of } of faultCounts(sketch, events)) if (of > 0) rates.set(metric, faults / of);
  return {
    nullRate: rates.get('null-rate') ?? null,
    nanRate: rates.get('nan-rate') ?? null,
    infinityRate: rates.get('infinity-rate') ?? null,
    typeErrorRate: rates.get('type-error-rate') ?? null,
    unseenRate: rates.get('unseen-rate') ?? null,
    outOfRangeRate: rates.get('out-of-range-rate') ?? null,
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
