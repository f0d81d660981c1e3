import type { ConnectionOptions } from 'node:tls';
import { Kafka, logLevel, type SASLOptions } from 'kafkajs';
import { ClientNotices, type OnLog } from './client-notices.js';
import { readAnswersOurselves } from './fetching/fetch-answers.js';
import { askForTopicIds } from './topic-ids.js';

/** How to reach the brokers. */
export interface KafkaSettings {
  /** host:port each; at least one. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /**
   * Whether connections are encrypted. The brokers' certificates and names are always checked, against the system's authorities or
   * those that are given (PEM); a certificate and its key are shown to brokers that ask for one.
   */
  readonly tls?: boolean | KafkaTls;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  } | null;
  /** Hears of what the client meets; an error is what an operator must act on. Silent unless stated. Messages hold no credentials. */
  readonly onLog?: OnLog;
  /** What the names of groups that followers make for themselves begin with; nothing unless stated. */
  readonly groupPrefix?: string;
}

/** Certificates in PEM. */
export interface KafkaTls {
  readonly ca?: Buffer | null;
  readonly certificate?: Buffer | null;
  readonly key?: Buffer | null;
}

/** The client that all of a log's connections share. */
export function kafkaClient({ brokers, clientId, tls, sasl, onLog }: KafkaSettings): Kafka {
  readAnswersOurselves();
  askForTopicIds();
  const notices = onLog === undefined ? null : new ClientNotices(onLog);
  return new Kafka({
    clientId,
    brokers: [...brokers],
    ...(tls === undefined || tls === false ? {} : { ssl: sslOf(tls) }),
    ...(sasl ? { sasl: sasl as SASLOptions } : {}),
    connectionTimeout: 5000,
    requestTimeout: 30_000,
    retry: { initialRetryTime: 100, maxRetryTime: 5000, retries: 8 },
    logLevel: onLog === undefined ? logLevel.NOTHING : logLevel.WARN,
    logCreator:
      () =>
      ({ log: { message, ...details } }) =>
        notices?.take(message, details),
  });
}

function sslOf(tls: true | KafkaTls): ConnectionOptions {
  const { ca = null, certificate = null, key = null } = tls === true ? {} : tls;
  return {
    rejectUnauthorized: true,
    ...(ca === null ? {} : { ca }),
    ...(certificate === null || key === null ? {} : { cert: certificate, key }),
  };
}
