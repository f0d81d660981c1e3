export { Aggregate, type Summary } from './summaries/aggregate.js';
export {
  baselineOf,
  layoutFor,
  learnBaseline,
  shortestWindow,
  type BaselineIdentity,
  type BaselinePart,
} from './baselines/baseline-building.js';
export { BaselineWindowsBuilder } from './baselines/baseline-windows-builder.js';
export { calibrationOf, describeCalibration, splitCaution, type Calibration } from './evidence/decision-model.js';
export { countsOf, countWidth, COUNTED_FAULTS, FIRST_BIN, windowCounts } from './summaries/window-counts.js';
export { BaselineBook, baselineKey } from './baselines/baseline-book.js';
export { binsIdOf, FIRST_WINDOWS, ROLLING, type Baseline, type KeptBins } from './model/baseline.js';
export { BaselineRenewal } from './baselines/baseline-renewal.js';
export { foldColumn } from './sketching/column-fold.js';
export { BatchAnswers } from './sketching/batch-answers.js';
export { Detector } from './monitors/detector.js';
export { PastDetector } from './monitors/past-detector.js';
export {
  CONTROL_KINDS,
  INCIDENT_ANSWERS,
  type AcknowledgementControl,
  type AnswerControl,
  type BaselineControl,
  type Control,
  type ControlKind,
  type ControlOrigin,
  type FeedbackControl,
  type IncidentAnswer,
  type MonitorControl,
  type MuteControl,
  type ResumeControl,
  type UnmuteControl,
} from './control/control.js';
export {
  ControlsInForce,
  type ControlledMonitor,
  type ControlsSnapshot,
  type DetectorKnowledge,
} from './control/controls-in-force.js';
export { LATE_PART, type ModelHomes } from './windows/part-names.js';
export { LONGEST_WAIT } from './windows/window-series.js';
export {
  joinPieces,
  type DetectorSnapshot,
  type PartitionSnapshot,
  type SharedTimeSnapshot,
  type SnapshotPiece,
  type StatePiece,
} from './monitors/detector-snapshot.js';
export type { DetectorOutput, ModelSnapshot } from './monitors/model-monitor.js';
export type { StreamSnapshot } from './monitors/stream-snapshot.js';
export { panesNeeded, spread, type NeededPanes } from './windows/needed-panes.js';
export type {
  Contribution,
  CorrelationChange,
  DriftEvent,
  Finding,
  IncidentStatus,
  SegmentPart,
  Signal,
} from './model/drift-event.js';
export { CellTag, CellVector, EventBatch } from './sketching/event-batch.js';
export { inDatabase, quoted } from './incidents/event-query.js';
export { resumeCommand } from './incidents/resume-command.js';
export { incidentQuery } from './incidents/explain.js';
export { QUALITY_METRICS } from './model/monitor.js';
export type {
  BaselineSettings,
  ColumnSettings,
  DecisionSettings,
  DependenceSettings,
  LabelingSettings,
  Limits,
  Monitor,
  Mute,
  Season,
  PredictionLogSettings,
  QualityMetric,
  QualitySettings,
  RollingSettings,
  WindowSettings,
} from './model/monitor.js';
export {
  joinLabels,
  predictionKey,
  sourcesOf,
  type Label,
  type LabelBatch,
  type LabelOrigin,
  type LabelJoin,
  type LabelledEvents,
  type JoinedOutcome,
} from './quality/label-join.js';
export { writtenAs } from './quality/truth-class.js';
export { isLogged, predictionsOf, type LoggedPrediction } from './quality/prediction-log.js';
export { foldDependence } from './sketching/dependence-fold.js';
export { dependencePlanOf, type DependencePlan, type ScoredColumn } from './summaries/dependence-plan.js';
export { DependenceWindowsBuilder } from './baselines/dependence-windows.js';
export type { Dependence } from './summaries/dependence.js';
export { LABELING_REASONS, type LabelingReason, type LabelingRequest } from './labeling/labeling-request.js';
export { LabelingSampler, type LabelingSnapshot } from './labeling/labeling-sampler.js';
export type { Outcome } from './quality/outcome.js';
export { OrphanWatch } from './quality/orphan-watch.js';
export { OutcomeSketcher } from './quality/outcome-sketcher.js';
export type { Overflow } from './summaries/overflow.js';
export { lastWindowStart, paneStart } from './model/pane-time.js';
export { qualityReferenceOf } from './expected-quality/quality-reference-builder.js';
export type { SketchPartial, SourceWatermark } from './summaries/partial.js';
export { PartitionSketcher } from './sketching/partition-sketcher.js';
export { OTHER } from './summaries/segment-admission.js';
export type {
  QualityReference,
  ReferenceMetric,
  ReferenceSegment,
  ReferenceWindow,
} from './model/quality-reference.js';
export type { ModelWatermark, SourceReader } from './summaries/partial.js';
export type { Distances, FaultRates, PaneRow, WindowRow } from './windows/rows.js';
export { EmbeddingColumn, EmbeddingTag } from './sketching/embedding-column.js';
export { deriveEmbeddingColumns, foldEmbeddings, watchedEmbeddings } from './sketching/embedding-fold.js';
export { EmbeddingWindowsBuilder } from './baselines/embedding-windows.js';
export { deriveTextColumns, textColumnsOf } from './sketching/text-columns.js';
export {
  ALL_EVENTS,
  MODEL_ROLES,
  segmentId,
  streamId,
  type ModelRole,
  type Segment,
  type Stream,
} from './model/stream.js';
export type {
  BaselineWindows,
  SegmentWindows,
  WindowCounts,
  DependenceWindow,
  DependenceWindows,
  EmbeddingWindow,
  EmbeddingWindows,
} from './model/baseline-windows.js';
export { plannedColumn, type PlannedColumn, type ColumnPlan } from './sketching/planned-column.js';
export { PREDICTION_COLUMNS, PREDICTION_PREFIX } from './model/prediction-columns.js';
export { hashId } from './model/hash-id.js';
export { SEVERITIES, type Severity } from './model/severity.js';
export type { QualityRow, QualityVerdict } from './quality/quality-rows.js';
export { MOST_EMBEDDING_COLUMNS } from './summaries/merge-embeddings.js';
export type { AbandonedStream } from './monitors/abandoned-incidents.js';
export { removeOutputOf, type StreamFailure } from './monitors/set-aside.js';
export type { StreamKnowledge } from './model/stream-knowledge.js';
export type { Pane } from './model/pane.js';
