/**
 * Why the log could not do what was asked:
 * - `unreachable`: no broker answers; try again
 * - `timeout`: a broker did not answer in time; try again
 * - `fenced`: another producer has taken over the transactional id; this one must stop
 * - `denied`: credentials or permissions
 * - `too-large`: a record is larger than the topic takes
 * - `unknown-topic`: the topic does not exist, or lacks a partition
 * - `unreadable`: a broker before Kafka 0.11 gives a batch in a compression that its old form is not read in here; of later ones what cannot be
 *   read comes as records that are refused
 * - `closed`: the log or the producer was closed
 * - `failed`: anything else; the cause tells
 */
export type TransportErrorCode =
  'unreachable' | 'timeout' | 'fenced' | 'denied' | 'too-large' | 'unknown-topic' | 'unreadable' | 'closed' | 'failed';

export class TransportError extends Error {
  readonly code: TransportErrorCode;
  /** Whether the same call may succeed later without anybody's doing. */
  readonly retriable: boolean;

  constructor(code: TransportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TransportError';
    this.code = code;
    this.retriable = code === 'unreachable' || code === 'timeout';
  }
}
