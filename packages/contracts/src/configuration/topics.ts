/** The topics of one installation. */
export interface Topics {
  readonly events: string;
  /** What turned out to be true, keyed by event id. */
  readonly groundTruth: string;
  readonly partials: string;
  readonly driftEvents: string;
  /** Compacted: the newest baseline of each model and version. */
  readonly baselines: string;
  /** Compacted: the monitor applied to each model and version, with its revisions, and the mutes. */
  readonly monitors: string;
  /** Compacted: what the detector of each partition of the partials must know after a restart. */
  readonly detectorState: string;
  readonly deadLetters: string;
  /** Events that somebody is to label. */
  readonly labelingRequests: string;
  /** Compacted: what the sketcher of each partition of the events has spent of the labelling budgets. */
  readonly labelingState: string;
}

/** The names of the topics, each behind the same prefix, so that installations can share a cluster. */
export function topicsOf(prefix = ''): Topics {
  return {
    events: `${prefix}inference-events`,
    groundTruth: `${prefix}ground-truth`,
    partials: `${prefix}sketch-partials`,
    driftEvents: `${prefix}drift-events`,
    baselines: `${prefix}baselines`,
    monitors: `${prefix}monitors`,
    detectorState: `${prefix}detector-state`,
    deadLetters: `${prefix}dead-letters`,
    labelingRequests: `${prefix}labeling-requests`,
    labelingState: `${prefix}labeling-state`,
  };
}
