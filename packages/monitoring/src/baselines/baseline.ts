import type { ColumnSketch } from '@tidemark/sketches';
import type { BaselineWindows } from './baseline-windows.js';
import type { QualityReference } from '../quality/quality-reference.js';

/** What a model's columns looked like when all was well: the reference that windows are compared with. */
export interface Baseline {
  /** 16 hexadecimal digits: a hash of the content, so that equal baselines have equal ids. */
  readonly id: string;
  readonly model: string;
  /** The version it holds for, or `*` for every version without one of its own. */
  readonly version: string;
  /** Milliseconds since the epoch; the newest baseline of a model and version is the one in force. */
  readonly createdAt: number;
  /** Where it came from: a file's name, or `first windows`. */
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
}
