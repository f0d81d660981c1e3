import type { QualitySketch } from '@tidemark/sketches';
import type { SketchPartial } from '../summaries/partial.js';
import type { Segment, Stream } from '../model/stream.js';
import type { Severity } from '../model/severity.js';

/** What the store keeps of one pane: all of it once it has closed (part `pane`), or what came too late to join it. */
export interface PaneRow extends Omit<SketchPartial, 'overflow'> {
  /**
   * `pane`; `pane-<partition>` where partitions were added and the model came to another; `late-<partition>-<offset>` of the partial
   * that came late. Rows of a pane add up over its parts; equal parts overwrite.
   */
  readonly part: string;
  /** Null where there is nothing of it, and in panes that were read without it. */
  readonly quality: QualitySketch | null;
}

/** Distances between a window's column and the baseline's; null where undefined, as with an empty side or a kind that has none. */
export interface Distances {
  readonly psi: number | null;
  /** The PSI with its expectation under no drift taken off, at least 0. */
  readonly psiDebiased: number | null;
  readonly jensenShannonDistance: number | null;
  readonly hellinger: number | null;
  readonly totalVariation: number | null;
  readonly chiSquare: number | null;
  readonly chiSquareP: number | null;
  readonly ks: number | null;
  readonly ksP: number | null;
  /** The greatest difference of `ks` from that of the raw values; 0 where it is exact. */
  readonly ksError: number | null;
  readonly wasserstein: number | null;
  /** The Wasserstein distance divided by the baseline's standard deviation. */
  readonly wassersteinBySd: number | null;
}

/** The shares of a column's cells at fault, 0 to 1; null where they do not apply or nothing came. */
export interface FaultRates {
  readonly nullRate: number | null;
  readonly nanRate: number | null;
  readonly infinityRate: number | null;
  readonly typeErrorRate: number | null;
  readonly unseenRate: number | null;
  readonly outOfRangeRate: number | null;
}

/** One column of one closed window beside its baseline. The column `` (empty) stands for the stream itself: its frequency. */
export interface WindowRow {
  readonly stream: Stream;
  readonly segment: Segment;
  readonly column: string;
  /** Milliseconds. */
  readonly windowSize: number;
  /** Milliseconds since the epoch. */
  readonly windowStart: number;
  readonly events: number;
  /** Valid values of the column. */
  readonly values: number;
  /** Events per second of event time. */
  readonly eventsPerSecond: number;
  readonly mean: number | null;
  readonly standardDeviation: number | null;
  readonly baselineId: string | null;
  readonly distances: Distances;
  readonly faultRates: FaultRates;
  /** The severity of what the window showed; null: nothing, or it was not judged. */
  readonly severity: Severity | null;
}
