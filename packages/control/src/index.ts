export { ControlError, type ControlErrorCode } from './control-error.js';
export { contentHash, ControlPublisher, type ControlPublisherOptions } from './control-publisher.js';
export { ControlState, type KeptMute } from './control-state.js';
export {
  monitorChanges,
  MOST_DOCUMENT_BYTES,
  removalOf,
  rollbackOf,
  type ChangeOrigin,
  type MonitorChange,
  type WantedMonitor,
} from './monitor-changes.js';
