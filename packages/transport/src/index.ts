export { MemoryLog } from './memory/memory-log.js';
export { partitionOf } from './partitioner.js';
export type {
  Consumer,
  ConsumerHandler,
  ConsumerSettings,
  Follower,
  Log,
  LogRecord,
  OutRecord,
  Producer,
  TopicSettings,
  TransactionalProducer,
  TransactionContent,
} from './port.js';
export { TransportError, type TransportErrorCode } from './transport-error.js';
