import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { readCertificates, type Certificates } from './certificates.js';
import { parseDuration } from './duration.js';
import { plaintextFaults } from './plaintext-credentials.js';
import type { SettingFault } from './setting-fault.js';

/** How the services reach Kafka, the registry and ClickHouse, and what they run with. */
export interface ServiceSettings {
  readonly kafka: {
    readonly brokers: readonly string[];
    readonly tls: boolean;
    readonly certificates: Certificates | null;
    readonly sasl: { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string } | null;
  };
  readonly registry: {
    readonly url: string;
    readonly certificates: Certificates | null;
    readonly username: string | null;
    readonly password: string | null;
  };
  readonly clickHouse: {
    readonly url: string;
    readonly certificates: Certificates | null;
    readonly username: string;
    readonly password: string;
    readonly database: string;
    /** The cluster on which the tables are replicated; null: they are on one server. */
    readonly cluster: string | null;
  };
  /** Put before the name of every topic. */
  readonly topicPrefix: string;
  /** A monitor file, or a folder of them; null: every model is watched with the defaults. */
  readonly monitors: string | null;
  /** Partitions of the topics that the services make where they do not exist. */
  readonly partitions: number;
  /** Milliseconds between a sketcher's commits. */
  readonly commitInterval: number;
  /** Milliseconds without records after which a partition is not waited for. */
  readonly idleTimeout: number;
  /** Where health and metrics are served; null: on the service's own port. */
  readonly http: { readonly host: string; readonly port: number | 'off' | null };
}

export type SaslMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

export type ParsedSettings =
  | { readonly ok: true; readonly settings: ServiceSettings }
  | { readonly ok: false; readonly faults: readonly SettingFault[] };

// Addresses are part of messages, and secrets never are.
const url = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .refine((text) => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === ''), {
    error: 'must not hold credentials: they have variables of their own',
  });
const flag = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');
const duration = z.string().transform((text, context) => {
  const milliseconds = parseDuration(text);
  if (milliseconds !== null && milliseconds > 0) return milliseconds;
  context.addIssue({ code: 'custom', message: 'must be a duration such as 500ms, 30s or 5m' });
  return z.NEVER;
});

const shape = z.object({
  TIDEMARK_BROKERS: z
    .string('is not set: the Kafka brokers as host:port, divided by commas')
    .transform((list) => list.split(',').map((broker) => broker.trim()))
    .refine((brokers) => brokers.every((broker) => /^.+:\d+$/.test(broker)), 'must be host:port, divided by commas'),
  TIDEMARK_KAFKA_TLS: flag.default(false),
  TIDEMARK_KAFKA_CA: z.string().optional(),
  TIDEMARK_KAFKA_CERT: z.string().optional(),
  TIDEMARK_KAFKA_KEY: z.string().optional(),
  TIDEMARK_KAFKA_SASL: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  TIDEMARK_KAFKA_USER: z.string().optional(),
  TIDEMARK_KAFKA_PASSWORD: z.string().optional(),
  TIDEMARK_REGISTRY_URL: z.string('is not set: the address of the schema registry').pipe(url),
  TIDEMARK_REGISTRY_CA: z.string().optional(),
  TIDEMARK_REGISTRY_CERT: z.string().optional(),
  TIDEMARK_REGISTRY_KEY: z.string().optional(),
  TIDEMARK_REGISTRY_USER: z.string().optional(),
  TIDEMARK_REGISTRY_PASSWORD: z.string().optional(),
  TIDEMARK_CLICKHOUSE_URL: url.default('http://localhost:8123'),
  TIDEMARK_CLICKHOUSE_CA: z.string().optional(),
  TIDEMARK_CLICKHOUSE_CERT: z.string().optional(),
  TIDEMARK_CLICKHOUSE_KEY: z.string().optional(),
  TIDEMARK_CLICKHOUSE_USER: z.string().default('default'),
  TIDEMARK_CLICKHOUSE_PASSWORD: z.string().default(''),
  TIDEMARK_CLICKHOUSE_DATABASE: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a plain name')
    .default('tidemark'),
  TIDEMARK_CLICKHOUSE_CLUSTER: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a plain name')
    .optional(),
  TIDEMARK_ALLOW_PLAINTEXT_CREDENTIALS: flag.default(false),
  TIDEMARK_TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]*$/, 'may hold letters, digits, dots, dashes and underscores')
    .default(''),
  TIDEMARK_MONITORS: z.string().optional(),
  TIDEMARK_PARTITIONS: z.coerce
    .number('must be a number')
    .int('must be whole')
    .min(1, 'must be at least 1')
    .max(10_000, 'must be at most 10000')
    .default(6),
  TIDEMARK_COMMIT_INTERVAL: duration.default(1000),
  TIDEMARK_IDLE_TIMEOUT: duration.default(30_000),
  TIDEMARK_HTTP_HOST: z.string().default('127.0.0.1'),
  TIDEMARK_HTTP_PORT: z
    .union(
      [z.literal('off'), z.string().regex(/^\d+$/).transform(Number).pipe(z.number().max(65_535))],
      'must be a port, 0 for any that is free, or off',
    )
    .optional(),
});

/**
 * Reads the settings from environment variables, all faults at once. A variable `X_FILE` names a file that holds the value
 * of `X`, for secrets that are mounted; `X` itself goes before it. Values are never part of a fault's message.
 */
export function parseSettings(environment: Readonly<Record<string, string | undefined>>): ParsedSettings {
  const faults: SettingFault[] = [];
  const given: Record<string, string> = {};
  for (const name of Object.keys(shape.shape)) {
    const value = environment[name] ?? fromFile(name, environment[`${name}_FILE`], faults);
    if (value !== undefined && value !== '') given[name] = value;
  }
  if (given.TIDEMARK_KAFKA_SASL !== undefined) {
    for (const variable of ['TIDEMARK_KAFKA_USER', 'TIDEMARK_KAFKA_PASSWORD'] as const) {
      if (given[variable] === undefined) faults.push({ variable, message: 'is not set, but TIDEMARK_KAFKA_SASL is' });
    }
  }
  const parsed = shape.safeParse(given);
  for (const issue of parsed.error?.issues ?? []) {
    faults.push({ variable: String(issue.path[0]), message: issue.message });
  }
  if (!parsed.success) return { ok: false, faults };
  const settings = settingsOf(parsed.data, given, faults);
  if (!parsed.data.TIDEMARK_ALLOW_PLAINTEXT_CREDENTIALS) faults.push(...plaintextFaults(credentialsOf(settings)));
  return faults.length === 0 ? { ok: true, settings } : { ok: false, faults };
}

function credentialsOf({ kafka, registry, clickHouse }: ServiceSettings) {
  const hosts = kafka.brokers.map((broker) => broker.replace(/:\d+$/, ''));
  const web = ({ url, password: secret }: typeof registry | typeof clickHouse) => ({
    encrypted: isHttps(url),
    secret,
    hosts: [new URL(url).hostname],
  });
  return [
    { connection: 'KAFKA', encrypted: kafka.tls, secret: kafka.sasl?.password ?? null, hosts },
    { connection: 'REGISTRY', ...web(registry) },
    { connection: 'CLICKHOUSE', ...web(clickHouse) },
  ] as const;
}

function isHttps(url: string): boolean {
  return new URL(url).protocol === 'https:';
}

function fromFile(name: string, path: string | undefined, faults: SettingFault[]): string | undefined {
  if (path === undefined) return undefined;
  try {
    // Editors end a file with a newline; spaces may be part of a password.
    return readFileSync(path, 'utf8').replace(/[\r\n]+$/, '');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    faults.push({ variable: `${name}_FILE`, message: `names a file that cannot be read (${reason})` });
    return undefined;
  }
}

function settingsOf(
  values: z.output<typeof shape>,
  given: Readonly<Record<string, string>>,
  faults: SettingFault[],
): ServiceSettings {
  const mechanism = values.TIDEMARK_KAFKA_SASL;
  return {
    kafka: {
      brokers: values.TIDEMARK_BROKERS,
      tls: values.TIDEMARK_KAFKA_TLS,
      certificates: readCertificates('KAFKA', given, values.TIDEMARK_KAFKA_TLS, faults),
      sasl:
        mechanism === undefined
          ? null
          : {
              mechanism,
              username: values.TIDEMARK_KAFKA_USER ?? '',
              password: values.TIDEMARK_KAFKA_PASSWORD ?? '',
            },
    },
    registry: {
      url: values.TIDEMARK_REGISTRY_URL,
      certificates: readCertificates('REGISTRY', given, isHttps(values.TIDEMARK_REGISTRY_URL), faults),
      username: values.TIDEMARK_REGISTRY_USER ?? null,
      password: values.TIDEMARK_REGISTRY_PASSWORD ?? null,
    },
    clickHouse: {
      url: values.TIDEMARK_CLICKHOUSE_URL,
      certificates: readCertificates('CLICKHOUSE', given, isHttps(values.TIDEMARK_CLICKHOUSE_URL), faults),
      username: values.TIDEMARK_CLICKHOUSE_USER,
      password: values.TIDEMARK_CLICKHOUSE_PASSWORD,
      database: values.TIDEMARK_CLICKHOUSE_DATABASE,
      cluster: values.TIDEMARK_CLICKHOUSE_CLUSTER ?? null,
    },
    topicPrefix: values.TIDEMARK_TOPIC_PREFIX,
    monitors: values.TIDEMARK_MONITORS ?? null,
    partitions: values.TIDEMARK_PARTITIONS,
    commitInterval: values.TIDEMARK_COMMIT_INTERVAL,
    idleTimeout: values.TIDEMARK_IDLE_TIMEOUT,
    http: { host: values.TIDEMARK_HTTP_HOST, port: values.TIDEMARK_HTTP_PORT ?? null },
  };
}
