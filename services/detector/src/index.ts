export type { Service } from '@tidemark/runtime';
export { aggregatesIn, type AggregateStore } from './aggregate-store.js';
export { DetectorStateError, progressIn } from './detector-state.js';
export { startDetector, type DetectorOptions } from './detector-service.js';
export { startRequestKeeper, type RequestKeeperOptions } from './request-keeper.js';
export type { FlushReport, PassedOverBaseline } from './task-context.js';
