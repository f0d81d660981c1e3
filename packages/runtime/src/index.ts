export { followedRecords, NewestStates, passingOverRefused, type FollowedTopic } from './followed-topic.js';
export type { ConsumedTopic, PartitionTask } from './partition-task.js';
export { startService, type Service, type ServiceSettings } from './service.js';
export { ServiceError, type Place, type ServiceErrorCode } from './service-error.js';
export type { OffsetOutOfRange, SavedPosition } from './starting-offset.js';
export { UncontrolledBaselines } from './uncontrolled-baselines.js';
export { FollowedKnowledge } from './stream-knowledge.js';
export { TimeSlice } from './time-slice.js';
