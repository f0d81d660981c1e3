export type { Service } from '@tidemark/runtime';
export { startSketcher, type SketcherOptions } from './sketcher.js';
export type { CommitReport } from './sketcher-task.js';
