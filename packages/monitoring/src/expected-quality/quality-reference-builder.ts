import type { QualitySketch } from '@tidemark/sketches';
import type { Segment } from '../model/stream.js';
import { ExpectedMetrics } from './expected-metrics.js';
import { QualityExpectation } from './quality-expectation.js';
import { excessOf } from './quality-excess.js';
import { scoredClassesOf, strataOf } from './quality-sketch-strata.js';
import { figuresOf } from './figures-of.js';
import type { QualityReference } from '../model/quality-reference.js';

/** So many of the last windows are kept. */
const MOST_WINDOWS = 512;
/** So many segments, of the most labels, each with at least so many. */
const MOST_SEGMENTS = 200;
const LEAST_SEGMENT_LABELS = 100;

/** A reference of windows that have their labels. @param windows in the order of their starts; those without labels are left out. */
export function qualityReferenceOf(
  sketch: QualitySketch,
  windows: readonly { readonly start: number; readonly sketch: QualitySketch }[],
  positive: string | null,
  segments: readonly { readonly segment: Segment; readonly sketch: QualitySketch }[] = [],
): QualityReference {
  const scored = scoredClassesOf(sketch, positive);
  const strata = strataOf(sketch, scored);
  const expectation = new QualityExpectation(strata);
  const expected = new ExpectedMetrics({ sketch, strata }, expectation, scored);
  const partOf = (part: QualitySketch) => {
    const own = strataOf(part, scored);
    const { labels, loss, shares } = excessOf(own, expectation);
    const metrics = expected
      .excesses(figuresOf({ sketch: part, strata: own }, scored), own)
      .map(({ metric, realised, excess, sampling }) => ({ metric, realised, excess, variance: sampling }));
    return { labels, loss, shares, metrics };
  };
  const labelled = windows.filter((window) => window.sketch.labels > 0).slice(-MOST_WINDOWS);
  const sliced = segments
    .filter((each) => each.sketch.labels >= LEAST_SEGMENT_LABELS)
    .sort((a, b) => b.sketch.labels - a.sketch.labels)
    .slice(0, MOST_SEGMENTS);
  return {
    sketch,
    windows: labelled.map(({ start, sketch: each }) => {
      const { labels, loss, shares, metrics } = partOf(each);
      return {
        ...{ start, labels, excess: loss.excess, variance: loss.sampling, metrics },
        shares: shares.map(({ excess }) => excess),
        shareVariances: shares.map(({ sampling }) => sampling),
      };
    }),
    segments: sliced.map(({ segment, sketch: each }) => {
      const { labels, loss, metrics } = partOf(each);
      const { realised, excess, sampling: variance } = loss;
      const metric = expectation.classification ? 'accuracy' : 'mae';
      return { segment, labels, metrics: [{ metric, realised, excess, variance }, ...metrics] };
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
