import type { QualitySketch } from '@tidemark/sketches';
import { QualityExpectation } from './quality-expectation.js';
import { excessOf } from './quality-excess.js';
import { scoredClassesOf, strataOf } from './quality-sketch-strata.js';

/** One window of the reference against the expectation of all of it. */
export interface ReferenceWindow {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly labels: number;
  /** The mean loss beyond what was expected of its answers, and the sampling variance of that. */
  readonly excess: number;
  readonly variance: number;
  /** For each class of the expectation: its share beyond what was expected, and the sampling variance. */
  readonly shares: readonly number[];
  readonly shareVariances: readonly number[];
}

/** How good a model was when all was well: what the quality of windows is compared with. */
export interface QualityReference {
  readonly sketch: QualitySketch;
  /** In the order of their starts; none where they are not known. */
  readonly windows: readonly ReferenceWindow[];
}

/** So many of the last windows are kept. */
const MOST_WINDOWS = 512;

/** A reference of windows that have their labels. @param windows in the order of their starts; those without labels are left out. */
export function qualityReferenceOf(
  sketch: QualitySketch,
  windows: readonly { readonly start: number; readonly sketch: QualitySketch }[],
  positive: string | null,
): QualityReference {
  const scored = scoredClassesOf(sketch, positive);
  const expectation = new QualityExpectation(strataOf(sketch, scored));
  const labelled = windows.filter((window) => window.sketch.labels > 0).slice(-MOST_WINDOWS);
  return {
    sketch,
    windows: labelled.map(({ start, sketch: each }) => {
      const { labels, loss, shares } = excessOf(strataOf(each, scored), expectation);
      return {
        start,
        labels,
        excess: loss.excess,
        variance: loss.sampling,
        shares: shares.map(({ excess }) => excess),
        shareVariances: shares.map(({ sampling }) => sampling),
      };
    }),
  };
}

/** Fewer windows than this tell nothing of how windows vary. */
const LEAST_WINDOWS = 4;

/**
 * The variance between windows that sampling does not explain: DerSimonian and Laird's estimate (Controlled Clinical Trials 1986)
 * about a mean of 0, at least 0; 0 where there are fewer than four windows.
 */
export function varianceBetween(windows: readonly { readonly excess: number; readonly variance: number }[]): number {
  const known = windows.filter(({ excess, variance }) => Number.isFinite(excess) && variance > 0);
  if (known.length < LEAST_WINDOWS) return 0;
  let heterogeneity = 0;
  let precision = 0;
  for (const { excess, variance } of known) {
    heterogeneity += (excess * excess) / variance;
    precision += 1 / variance;
  }
  return Math.max(0, (heterogeneity - known.length) / precision);
}
