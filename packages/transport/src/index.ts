export { KafkaLog } from './kafka/kafka-log.js';
export type { OnLog } from './kafka/client-notices.js';
export type { KafkaAcl, KafkaAcls } from './kafka/kafka-acls.js';
export type { KafkaSettings, KafkaTls } from './kafka/kafka-settings.js';
export { MemoryLog } from './memory/memory-log.js';
export { partitionOf } from './partitioner.js';
export type {
  Consumer,
  ConsumerHandler,
  ConsumerSettings,
  Displacement,
  Follower,
  Log,
  LogRecord,
  OutRecord,
  PartitionRange,
  Producer,
  TopicDifference,
  TopicSettings,
  TransactionalProducer,
  TransactionContent,
} from './port.js';
export { TransportError, type TransportErrorCode } from './transport-error.js';
