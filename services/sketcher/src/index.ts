export type { CommitReport } from './partition-task.js';
export { startSketcher, type Service, type SketcherOptions } from './sketcher.js';
