export { GroupWatchedLog } from './group-watched-log.js';
export {
  watchDependencies,
  type CheckSettings,
  type DependencyCheck,
  type DependencyNotice,
} from './dependency-checks.js';
export { OperationsServer, OperationsServerError, type OperationsServerOptions } from './operations-server.js';
export { ServiceHealth, type HealthLimits, type Phase, type Verdict } from './service-health.js';
export { LABEL_FATES, ServiceMetrics, type HeldMonitor, type LabelFate } from './service-metrics.js';
export { WatchedLog } from './watched-log.js';
