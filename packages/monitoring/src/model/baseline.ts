import type { ColumnSketch } from '@tidemark/sketches';
import type { BaselineWindows } from './baseline-windows.js';
import type { QualityReference } from './quality-reference.js';

/** The source of a baseline that was learnt from a stream's beginning. */
export const FIRST_WINDOWS = 'first windows';
/** The source of one that follows the stream. */
export const ROLLING = 'rolling';

/** What a model's columns looked like when all was well: the reference that windows are compared with. */
export interface Baseline {
  /** 16 hexadecimal digits: a hash of the content, so that equal baselines have equal ids. */
  readonly id: string;
  readonly model: string;
  /** The version it holds for, or `*` for every version without one of its own. */
  readonly version: string;
  /** Milliseconds since the epoch; the newest baseline of a model and version is the one in force. */
  readonly createdAt: number;
  /** Where it came from: a file's name, `first windows`, or `rolling`. */
  readonly source: string;
  readonly rows: number;
  /** The event time it covers, milliseconds since the epoch; null where the source had no times. */
  readonly periodStart: number | null;
  readonly periodEnd: number | null;
  /** Each with its bins, the counts in them, and everything else a sketch holds. */
  readonly columns: readonly ColumnSketch[];
  /** How they were from window to window, in all events and in segments; null where that is not known. */
  readonly windows: BaselineWindows | null;
  /** How good the answers were; null where there was no ground truth. */
  readonly quality: QualityReference | null;
  /** Null where it has bins of its own. */
  readonly kept: KeptBins | null;
}

/**
 * The bins that a renewed baseline goes on with, and the counts in them that first were: counts of windows and scores of columns mean the
 * same before and after it.
 */
export interface KeptBins {
  /** The baseline that they are of. */
  readonly baselineId: string;
  /** Its counts in them, by column. */
  readonly counts: readonly Float64Array[];
}

/** The baseline whose bins one has: windows that were counted in those of one can be held against another that has them too. */
export function binsIdOf({ id, kept }: Pick<Baseline, 'id' | 'kept'>): string {
  return kept?.baselineId ?? id;
}
