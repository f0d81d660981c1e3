export { readBaseline, writeBaseline } from './baselines.js';
export { DataFile, type FileBatch } from './data-file.js';
export { MISSING, type DateOrder, type FileColumnKind, type FileReading } from './file-reading.js';
export { readDriftEvents, writeDriftEvents, type DriftEventFilter } from './drift-events.js';
export type { FileCell, FileColumn } from './file-columns.js';
export type { ColumnProfile } from './file-profile.js';
export {
  readLabelingRequests,
  readRequestedLabels,
  writeLabelingRequests,
  type LabelingRequestFilter,
  type RequestedLabel,
  type StoredLabelingRequest,
} from './labeling-requests.js';
export { checkVersion, migrate, readMigrations, type Migration } from './migrations.js';
export { readLabelledEvents, writeLabelJoins, writeLabels, type LabelRow } from './labels.js';
export { readPaneQuality } from './pane-quality.js';
export { readPanes, readStreams, writePanes } from './panes.js';
export { writeQuality } from './quality.js';
export { writePredictions, type PredictionRow } from './prediction-log.js';
export { readTopicIds, writeTopicId, type KnownTopic } from './topic-ids.js';
export {
  revisitWaitingLabels,
  settleWaitingLabels,
  writeWaitingLabels,
  type RevisitedLabel,
  type WaitingLabel,
} from './waiting-labels.js';
export { DEFAULT_DATABASE, parseStoreConfig } from './store-config.js';
export type { EmbeddedStoreConfig, ServerStoreConfig, StoreConfig } from './store-config.js';
export { StoreError, type StoreErrorCode } from './store-error.js';
export { Store, type QueryParameters } from './store.js';
export type { RowFilter } from './stream-columns.js';
export { readWindows, writeWindows, type WindowFilter } from './windows.js';
export { writeIncidentAnswers } from './incident-answers.js';
export type { PaneSelection } from './pane-selection.js';
