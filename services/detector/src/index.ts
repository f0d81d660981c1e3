export { aggregatesIn, type AggregateStore } from './aggregate-store.js';
export { startDetector, type DetectorOptions, type Service } from './detector-service.js';
export type { FlushReport } from './partition-task.js';
