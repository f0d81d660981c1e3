import { TransportError, type TransportErrorCode } from '../transport-error.js';

/** Kafka's own names of errors, where one of ours says the same. */
const CODES: Readonly<Record<string, TransportErrorCode>> = {
  PRODUCER_FENCED: 'fenced',
  INVALID_PRODUCER_EPOCH: 'fenced',
  INVALID_PRODUCER_ID_MAPPING: 'fenced',
  INVALID_TXN_STATE: 'fenced',
  MESSAGE_TOO_LARGE: 'too-large',
  RECORD_LIST_TOO_LARGE: 'too-large',
  UNKNOWN_TOPIC_OR_PARTITION: 'unknown-topic',
  REQUEST_TIMED_OUT: 'timeout',
  SASL_AUTHENTICATION_FAILED: 'denied',
  ILLEGAL_SASL_STATE: 'denied',
  UNSUPPORTED_SASL_MECHANISM: 'denied',
  TOPIC_AUTHORIZATION_FAILED: 'denied',
  GROUP_AUTHORIZATION_FAILED: 'denied',
  CLUSTER_AUTHORIZATION_FAILED: 'denied',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'denied',
};

/** The client's own kinds of errors. */
const NAMES: Readonly<Record<string, TransportErrorCode>> = {
  KafkaJSConnectionError: 'unreachable',
  KafkaJSConnectionClosedError: 'unreachable',
  KafkaJSBrokerNotFound: 'unreachable',
  KafkaJSNoBrokerAvailableError: 'unreachable',
  KafkaJSGroupCoordinatorNotFound: 'unreachable',
  KafkaJSRequestTimeoutError: 'timeout',
  KafkaJSSASLAuthenticationError: 'denied',
  KafkaJSNotImplemented: 'unreadable',
};

/** What the Kafka client threw, as one of the transport's errors. @param doing what failed, for the message. */
export function transportError(thrown: unknown, doing: string): TransportError {
  if (thrown instanceof TransportError) return thrown;
  const refused = refusedTopic(thrown);
  if (refused !== null) return transportError(refused.error, `${doing} (${refused.topic})`);
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const { name, type } = error as Error & { type?: string };
    const code = (type === undefined ? undefined : CODES[type]) ?? NAMES[name];
    if (code !== undefined) return new TransportError(code, `${doing}: ${error.message}`, { cause: thrown });
    // Retriable for the client, though it gave up: a leader election, a coordinator that is loading.
    if ('retriable' in error && error.retriable === true && error.cause === undefined) {
      return new TransportError('unreachable', `${doing}: ${error.message}`, { cause: thrown });
    }
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new TransportError('failed', `${doing}: ${message}`, { cause: thrown });
}

/** The first of the topics that could not be made: what the client throws of them all has no reason in it. */
function refusedTopic(thrown: unknown): { readonly error: Error; readonly topic: string } | null {
  if (!(thrown instanceof Error) || !('errors' in thrown) || !Array.isArray(thrown.errors)) return null;
  const [first] = thrown.errors as readonly unknown[];
  return first instanceof Error && 'topic' in first ? { error: first, topic: String(first.topic) } : null;
}
