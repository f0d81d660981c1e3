export { Aggregate, type Summary } from './windows/aggregate.js';
export {
  baselineOf,
  layoutFor,
  learnBaseline,
  shortestWindow,
  type BaselineIdentity,
  type BaselinePart,
} from './baselines/baseline-building.js';
export { BaselineWindowsBuilder, type BaselineWindows, type SegmentWindows } from './baselines/baseline-windows.js';
export { calibrationOf, describeCalibration, splitCaution, type Calibration } from './decisions/decision-model.js';
export {
  countsOf,
  countWidth,
  COUNTED_FAULTS,
  FIRST_BIN,
  windowCounts,
  type WindowCounts,
} from './windows/window-counts.js';
export { BaselineBook, baselineKey } from './baselines/baseline-book.js';
export { binsIdOf, FIRST_WINDOWS, ROLLING, type Baseline, type KeptBins } from './baselines/baseline.js';
export { BaselineRenewal } from './baselines/baseline-renewal.js';
export { foldColumn } from './sketching/column-fold.js';
export type { ColumnPlan } from './sketching/column-kinds.js';
export { plannedColumn, type PlannedColumn } from './sketching/planned-column.js';
export { BatchAnswers } from './sketching/batch-answers.js';
export { CONTROL_KINDS, INCIDENT_ANSWERS } from './control/control.js';
export type {
  AcknowledgementControl,
  AnswerControl,
  BaselineControl,
  Control,
  ControlKind,
  ControlOrigin,
  FeedbackControl,
  IncidentAnswer,
  MonitorControl,
  MuteControl,
  ResumeControl,
  UnmuteControl,
} from './control/control.js';
export {
  ControlsInForce,
  type ControlledMonitor,
  type ControlsSnapshot,
  type DetectorKnowledge,
} from './control/controls-in-force.js';
export { Detector } from './detector.js';
export { LATE_PART, type ModelHomes } from './windows/part-names.js';
export {
  joinPieces,
  type DetectorSnapshot,
  type PartitionSnapshot,
  type SharedTimeSnapshot,
  type SnapshotPiece,
  type StatePiece,
} from './detector-snapshot.js';
export type { DetectorOutput, ModelSnapshot } from './model-monitor.js';
export { allAtOnce, type Steps } from './steps.js';
export type { StreamSnapshot } from './stream-snapshot.js';
export { PastDetector } from './past-detector.js';
export { panesNeeded, spread, type NeededPanes } from './windows/needed-panes.js';
export type {
  Contribution,
  CorrelationChange,
  DriftEvent,
  Finding,
  IncidentStatus,
  SegmentPart,
  Signal,
} from './incidents/drift-event.js';
export { CellTag, CellVector, EventBatch, PREDICTION_COLUMNS, PREDICTION_PREFIX } from './sketching/event-batch.js';
export { inDatabase, quoted } from './incidents/event-query.js';
export { incidentQuery } from './incidents/explain.js';
export { hashId, SEVERITIES } from './incidents/incidents.js';
export { QUALITY_METRICS } from './monitor.js';
export type {
  BaselineSettings,
  ColumnSettings,
  DecisionSettings,
  JointSettings,
  LabelingSettings,
  Limits,
  Monitor,
  Mute,
  Season,
  PredictionLogSettings,
  QualityMetric,
  QualitySettings,
  RollingSettings,
  Severity,
  WindowSettings,
} from './monitor.js';
export {
  joinLabels,
  predictionKey,
  type Label,
  type LabelBatch,
  type LabelJoin,
  type LabelledEvents,
} from './quality/label-join.js';
export { isLogged, predictionsOf, type LoggedPrediction } from './quality/prediction-log.js';
export { foldJoint } from './joint/joint-fold.js';
export { jointPlanOf, type JointPlan, type ScoredColumn } from './joint/joint-plan.js';
export { JointWindowsBuilder, type JointWindow, type JointWindows } from './joint/joint-windows.js';
export type { Joint } from './joint/joint.js';
export { LABELING_REASONS, type LabelingReason, type LabelingRequest } from './labeling/labeling-request.js';
export { LabelingSampler, type LabelingSnapshot } from './labeling/labeling-sampler.js';
export type { Outcome } from './quality/outcome.js';
export { OrphanWatch } from './quality/orphan-watch.js';
export { OutcomeSketcher } from './quality/outcome-sketcher.js';
export type { Overflow } from './sketching/overflow.js';
export { lastWindowStart, paneStart } from './windows/pane-time.js';
export {
  qualityReferenceOf,
  type QualityReference,
  type ReferenceMetric,
  type ReferenceSegment,
  type ReferenceWindow,
} from './quality/quality-reference.js';
export type { QualityRow } from './quality/quality-rows.js';
export type { QualityVerdict } from './quality/quality-verdict.js';
export type { ModelWatermark, Pane, SketchPartial, SourceReader, SourceWatermark } from './windows/partial.js';
export { PartitionSketcher, type StreamKnowledge } from './sketching/partition-sketcher.js';
export { OTHER } from './sketching/segment-seats.js';
export type { Distances, FaultRates, PaneRow, WindowRow } from './windows/rows.js';
export { VectorColumn, VectorTag } from './vectors/vector-column.js';
export { deriveVectorColumns, foldVectors, MOST_VECTOR_COLUMNS, watchedVectors } from './vectors/vector-fold.js';
export { VectorWindowsBuilder, type VectorWindow, type VectorWindows } from './vectors/vector-windows.js';
export { deriveTextColumns, textColumnsOf } from './sketching/text-columns.js';
export { ALL_EVENTS, MODEL_ROLES, segmentId, streamId } from './stream.js';
export type { ModelRole, Segment, Stream } from './stream.js';
export { removeOutputOf, type StreamFailure } from './set-aside.js';
