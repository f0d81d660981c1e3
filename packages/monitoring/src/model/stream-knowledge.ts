import type { Baseline } from './baseline.js';
import type { Monitor } from './monitor.js';
import type { Stream } from './stream.js';

/** What the sketcher needs to know of a stream; asked anew for every batch, so that a new baseline takes hold at once. */
export interface StreamKnowledge {
  monitorOf(stream: Stream): Monitor;
  /** The baseline in force, or null where none is known. */
  baselineOf(stream: Stream): Baseline | null;
}
