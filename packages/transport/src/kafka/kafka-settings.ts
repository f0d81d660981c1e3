import { Kafka, logLevel, type SASLOptions } from 'kafkajs';

/** How to reach the brokers. */
export interface KafkaSettings {
  /** host:port each; at least one. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Whether connections are encrypted; certificates are checked against the system's authorities. */
  readonly tls?: boolean;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  } | null;
  /** Hears of the client's warnings and errors; silent unless stated. Messages hold no credentials. */
  readonly onLog?: (level: 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>) => void;
}

/** The client that all of a log's connections share. */
export function kafkaClient({ brokers, clientId, tls, sasl, onLog }: KafkaSettings): Kafka {
  return new Kafka({
    clientId,
    brokers: [...brokers],
    ...(tls === true ? { ssl: true } : {}),
    ...(sasl ? { sasl: sasl as SASLOptions } : {}),
    connectionTimeout: 5000,
    requestTimeout: 30_000,
    retry: { initialRetryTime: 100, maxRetryTime: 5000, retries: 8 },
    logLevel: onLog === undefined ? logLevel.NOTHING : logLevel.WARN,
    logCreator:
      () =>
      ({ level, log: { message, ...details } }) => {
        if (ROUTINE.test(message) || ROUTINE.test(String(details.error))) return;
        onLog?.(level === logLevel.ERROR ? 'error' : 'warn', message, details);
      },
  });
}

/**
 * What the client calls errors and warnings though it is the usual course: brokers still writing the markers of the transaction
 * before, groups that rebalance, joins that we hold back, retries that are limited as a producer that gives up is replaced.
 */
const ROUTINE = /another concurrent operation|rebalanc|valid member id|Limiting retries|still being written/i;
