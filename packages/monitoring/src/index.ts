export { Aggregate, type Summary } from './aggregate.js';
export {
  baselineOf,
  layoutFor,
  learnBaseline,
  shortestWindow,
  type BaselineIdentity,
  type BaselinePart,
} from './baseline-building.js';
export { BaselineWindowsBuilder, type BaselineWindows, type SegmentWindows } from './baseline-windows.js';
export { calibrationOf, describeCalibration, type Calibration } from './decision-model.js';
export { countsOf, countWidth, COUNTED_FAULTS, FIRST_BIN, windowCounts, type WindowCounts } from './window-counts.js';
export { FIRST_WINDOWS } from './baseline-learner.js';
export { BaselineBook, baselineKey } from './baseline-book.js';
export type { Baseline } from './baseline.js';
export { foldColumn } from './column-fold.js';
export type { ColumnPlan } from './column-kinds.js';
export { BatchAnswers } from './batch-answers.js';
export { Detector, type DetectorOutput, type DetectorSnapshot, type NeededPanes } from './detector.js';
export type {
  Contribution,
  CorrelationChange,
  DriftEvent,
  Finding,
  IncidentStatus,
  SegmentPart,
  Signal,
} from './drift-event.js';
export { CellTag, CellVector, EventBatch, PREDICTION_COLUMNS, PREDICTION_PREFIX } from './event-batch.js';
export { incidentQuery } from './explain.js';
export { hashId, SEVERITIES } from './incidents.js';
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
} from './label-join.js';
export { isLogged, predictionsOf, type LoggedPrediction } from './prediction-log.js';
export { foldJoint } from './joint-fold.js';
export { jointPlanOf, type JointPlan, type ScoredColumn } from './joint-plan.js';
export { JointWindowsBuilder, type JointWindow, type JointWindows } from './joint-windows.js';
export type { Joint } from './joint.js';
export { LABELING_REASONS, type LabelingReason, type LabelingRequest } from './labeling-request.js';
export { LabelingSampler, type LabelingSnapshot } from './labeling-sampler.js';
export type { Outcome } from './outcome.js';
export { OutcomeSketcher } from './outcome-sketcher.js';
export type { Overflow } from './overflow.js';
export { lastWindowStart, paneStart } from './pane-time.js';
export { qualityReferenceOf, type QualityReference, type ReferenceWindow } from './quality-reference.js';
export type { QualityRow } from './quality-rows.js';
export type { QualityVerdict } from './quality-verdict.js';
export type { Pane, SketchPartial, SourceWatermark } from './partial.js';
export { PartitionSketcher, type StreamKnowledge } from './partition-sketcher.js';
export { OTHER } from './segment-seats.js';
export type { Distances, FaultRates, PaneRow, WindowRow } from './rows.js';
export { VectorColumn, VectorTag } from './vector-column.js';
export { deriveVectorColumns, foldVectors, MOST_VECTOR_COLUMNS, watchedVectors } from './vector-fold.js';
export { VectorWindowsBuilder, type VectorWindow, type VectorWindows } from './vector-windows.js';
export { deriveTextColumns, textColumnsOf } from './text-columns.js';
export { ALL_EVENTS, MODEL_ROLES, segmentId, streamId } from './stream.js';
export type { ModelRole, Segment, Stream } from './stream.js';
