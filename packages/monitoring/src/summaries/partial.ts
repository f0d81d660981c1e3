import type { ColumnSketch, QualitySketch, EmbeddingSketch } from '@tidemark/sketches';
import type { Dependence } from './dependence.js';
import type { Overflow } from './overflow.js';
import type { Pane } from '../model/pane.js';

/** What one commit of one source partition adds to one pane. Mergeable with any other partial of the same pane. */
export interface SketchPartial {
  readonly pane: Pane;
  /** Events in the pane; 0 in the further chunks of a partial that is too wide for one message. */
  readonly events: number;
  /** The smallest and greatest event time, milliseconds since the epoch. */
  readonly minEventTime: number;
  readonly maxEventTime: number;
  /** The baseline whose bins the columns were counted in; null where none was known. */
  readonly baselineId: string | null;
  readonly columns: readonly ColumnSketch[];
  /** The dependence between the columns, of all events; null where it is not watched, and in segments. */
  readonly joint: Dependence | null;
  /** The answers of the pane's events, and what ground truth says of them; null where nothing of either came. */
  readonly quality: QualitySketch | null;
  /** The vectors of all events, a sketch a column; none in segments. */
  readonly vectors: readonly EmbeddingSketch[];
  /** What exceeded its limit; told by the partial of all events. */
  readonly overflow: readonly Overflow[];
}

/** How far the event time of one partition of the event topic has come. Sent to every partition of the partials. */
export interface SourceWatermark {
  readonly sourcePartition: number;
  /** How many partitions the event topic has. Windows wait until each of them has been heard from. */
  readonly sourcePartitions: number;
  /** Milliseconds since the epoch: no event before it is expected any more, but for lateness. -Infinity before the first event. */
  readonly watermark: number;
  /**
   * Milliseconds for which nothing has come, once that is longer than the idle timeout; 0 while records flow. Nobody waits
   * for an idle partition, and when all are idle event time goes on at the pace of the clock, so that silence is seen.
   */
  readonly idleFor: number;
  /** What its reader says beside; an older sketcher says nothing of it, and its models share the partition's event time. */
  readonly reader?: SourceReader;
}

/** The reader of one partition of the event topic at a commit. All times are its clock's, milliseconds since the epoch. */
export interface SourceReader {
  /** The time of the commit. */
  readonly clock: number;
  /** When it took the partition over. */
  readonly since: number;
  /** Milliseconds without records after which a partition counts as idle. */
  readonly idleTimeout: number;
  /** How many partitions the partials have: they decide where a model's partials go. */
  readonly partialsPartitions: number;
  /** The models that had events in this commit and whose partials go to the same partition as this record. */
  readonly models: readonly ModelWatermark[];
}

/** The greatest event time of one model in a commit, milliseconds since the epoch. */
export interface ModelWatermark {
  readonly model: string;
  readonly watermark: number;
}
