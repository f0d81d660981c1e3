export type { Baseline } from './baseline.js';
export type { Contribution, DriftEvent, Finding, IncidentStatus, Signal } from './drift-event.js';
export { CellTag, CellVector, EventBatch, PREDICTION_COLUMNS, PREDICTION_PREFIX } from './event-batch.js';
export type {
  BaselineSettings,
  ColumnSettings,
  DecisionSettings,
  Monitor,
  Severity,
  WindowSettings,
} from './monitor.js';
export type { Pane, SketchPartial, SourceWatermark } from './partial.js';
export { ALL_EVENTS, MODEL_ROLES, segmentId, streamId } from './stream.js';
export type { ModelRole, Segment, Stream } from './stream.js';
