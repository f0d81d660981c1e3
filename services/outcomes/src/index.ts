export type { Service } from '@tidemark/runtime';
export { LabelJoiner, type JoinedBatch } from './label-joiner.js';
export type { LabelReport } from './label-task.js';
export { outcomesIn, type OutcomeStore } from './outcome-store.js';
export { startOutcomes, type OutcomesOptions } from './outcomes.js';
export { PredictionRows } from './prediction-rows.js';
export type { PredictionReport } from './prediction-task.js';
export type { RevisitReport } from './waiting-labels.js';
export type { ArrivedLabel } from './arrived-label.js';
