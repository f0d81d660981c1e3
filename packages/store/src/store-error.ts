/**
 * Why the store could not do what it was asked:
 * - `bad-config`: the configuration is wrong; the message lists every fault
 * - `engine-missing`: the optional package with the embedded engine is not installed
 * - `engine-busy`: the embedded engine's folder is open elsewhere, or this process has another one open
 * - `unreachable`: no connection, or it broke
 * - `timeout`: no answer in time; what was sent may have been done all the same
 * - `overloaded`: too many parts, queries or too little memory at present, or the server is starting, ending or short of replicas
 * - `denied`: wrong credentials, or rights that are lacking
 * - `disk-full`: the store's disk has no room
 * - `schema-behind`, `schema-ahead`, `schema-changed`: the tables are not those that this program was built for
 * - `bad-query`: the engine understood the request and refused it
 * - `bad-file`: a file that is missing, or that is not of the format it is read as
 * - `closed`: the store has been closed
 */
export type StoreErrorCode =
  | 'bad-config'
  | 'engine-missing'
  | 'engine-busy'
  | 'unreachable'
  | 'timeout'
  | 'overloaded'
  | 'denied'
  | 'disk-full'
  | 'schema-behind'
  | 'schema-ahead'
  | 'schema-changed'
  | 'bad-query'
  | 'bad-file'
  | 'closed';

const RETRIABLE: ReadonlySet<StoreErrorCode> = new Set(['unreachable', 'timeout', 'overloaded', 'disk-full']);

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** Whether the same call may succeed later. Writes may be repeated: rows are keyed and equal keys overwrite. */
  readonly retriable: boolean;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
    this.retriable = RETRIABLE.has(code);
  }
}

/** The engine's own names of faults (system.errors) that are not simply a refusal. */
const CODE_OF_TYPE: Readonly<Record<string, StoreErrorCode>> = {
  TOO_MANY_PARTS: 'overloaded',
  TOO_MANY_SIMULTANEOUS_QUERIES: 'overloaded',
  MEMORY_LIMIT_EXCEEDED: 'overloaded',
  TOO_SLOW: 'overloaded',
  TABLE_IS_READ_ONLY: 'overloaded',
  KEEPER_EXCEPTION: 'overloaded',
  ABORTED: 'overloaded',
  CANNOT_ALLOCATE_MEMORY: 'overloaded',
  CANNOT_SCHEDULE_TASK: 'overloaded',
  DEADLOCK_AVOIDED: 'overloaded',
  NO_ZOOKEEPER: 'overloaded',
  PART_IS_TEMPORARILY_LOCKED: 'overloaded',
  QUERY_WAS_CANCELLED: 'overloaded',
  QUOTA_EXCEEDED: 'overloaded',
  REPLICA_IS_NOT_IN_QUORUM: 'overloaded',
  S3_ERROR: 'overloaded',
  SERVER_OVERLOADED: 'overloaded',
  SESSION_IS_LOCKED: 'overloaded',
  TOO_FEW_LIVE_REPLICAS: 'overloaded',
  UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE: 'overloaded',
  USER_SESSION_LIMIT_EXCEEDED: 'overloaded',
  UNKNOWN_STATUS_OF_INSERT: 'timeout',
  TIMEOUT_EXCEEDED: 'timeout',
  SOCKET_TIMEOUT: 'timeout',
  NETWORK_ERROR: 'unreachable',
  ALL_CONNECTION_TRIES_FAILED: 'unreachable',
  AUTHENTICATION_FAILED: 'denied',
  REQUIRED_PASSWORD: 'denied',
  UNKNOWN_USER: 'denied',
  ACCESS_DENIED: 'denied',
  READONLY: 'denied',
  NOT_ENOUGH_SPACE: 'disk-full',
};

const CODE_OF_ERRNO: Readonly<Record<string, StoreErrorCode>> = {
  ECONNREFUSED: 'unreachable',
  ECONNRESET: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EPIPE: 'unreachable',
  ETIMEDOUT: 'timeout',
  CHDB_CLOSED: 'closed',
};

/** Puts a fault of the client or the engine under one of the store's codes. @param doing what was being done, for the message. */
export function storeErrorOf(fault: unknown, doing: string): StoreError {
  if (fault instanceof StoreError) return fault;
  const error = fault instanceof Error ? fault : new Error(String(fault));
  return new StoreError(codeOf(error), `${doing}: ${error.message.trim()}`, { cause: fault });
}

function codeOf(error: Error): StoreErrorCode {
  const { type, code } = error as Error & { type?: unknown; code?: unknown };
  if (typeof type === 'string' && type in CODE_OF_TYPE) return CODE_OF_TYPE[type];
  if (typeof code === 'string' && code in CODE_OF_ERRNO) return CODE_OF_ERRNO[code];
  if (/No space left on device/.test(error.message)) return 'disk-full';
  if (/timeout error|timed out/i.test(error.message)) return 'timeout';
  if (/socket hang up|connection.*(closed|reset)/i.test(error.message)) return 'unreachable';
  if (/ECONNREFUSED/.test(errnoOfAggregate(error))) return 'unreachable';
  if (isOfAnotherProgram(error)) return 'unreachable';
  if (/is closed|No active connection/i.test(error.message)) return 'closed';
  return 'bad-query';
}

/** Whether the answer is not ClickHouse's but that of something before it, a load balancer with no server left, say. */
function isOfAnotherProgram({ message }: Error): boolean {
  return message.trim() === '' || /^\s*<|bad gateway|service unavailable|gateway time-?out|upstream/i.test(message);
}

/**
 * Whether a connection broke without an answer. One that was kept open and had been closed by the server does so at the next request,
 * though the server is well: all the more where this process was too busy to see it closed.
 */
export function isBrokenConnection(fault: unknown): boolean {
  if (!(fault instanceof Error)) return false;
  const { code } = fault as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE' || /socket hang up/i.test(fault.message);
}

/** Whether another quorum insert into the table has to end first, or this replica has not got the last one yet. */
export function isOutOfTurn(fault: unknown): boolean {
  const { type } = (fault instanceof Error ? fault : {}) as { type?: unknown };
  return type === 'UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE' || type === 'REPLICA_IS_NOT_IN_QUORUM';
}

/** A name with several addresses fails with one error an address. */
function errnoOfAggregate(error: Error): string {
  return error instanceof AggregateError ? error.errors.map((each) => (each as { code?: string }).code).join() : '';
}
