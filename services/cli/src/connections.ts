import { ConfluentRegistry, parseSettings, type ServiceSettings } from '@tidemark/contracts';
import { DEFAULT_DATABASE, Store } from '@tidemark/store';
import { KafkaLog, type Log } from '@tidemark/transport';
import { UsageError } from './exit-codes.js';
import { logLine } from './log-lines.js';

/** Where the embedded store is unless stated. */
export const DEFAULT_STORE_FOLDER = '.tidemark/store';

const CLICKHOUSE = 'TIDEMARK_CLICKHOUSE_URL';

/** @throws UsageError with every setting that is wrong. */
export function settingsFromEnvironment(): ServiceSettings {
  return settingsFrom(process.env);
}

function settingsFrom(environment: NodeJS.ProcessEnv): ServiceSettings {
  const parsed = parseSettings(environment);
  if (parsed.ok) return parsed.settings;
  throw new UsageError(parsed.faults.map(({ variable, message }) => `${variable} ${message}`));
}

export function openLog({ kafka, topicPrefix }: ServiceSettings, clientId: string): Promise<Log> {
  const { brokers, sasl, tls, certificates } = kafka;
  return KafkaLog.connect({
    brokers,
    sasl,
    tls: tls && (certificates ?? true),
    clientId,
    groupPrefix: topicPrefix,
    onLog: (level, message, details) => logLine(level, `kafka: ${message}`, pick(details)),
  });
}

export function openRegistry({ registry }: ServiceSettings): ConfluentRegistry {
  const { url, username, password, certificates } = registry;
  return new ConfluentRegistry({
    url,
    ...(certificates === null ? {} : { certificates }),
    ...(username === null ? {} : { auth: { username, password: password ?? '' } }),
  });
}

/** Whether the environment gives a setting, itself or in the file that `<variable>_FILE` names; an empty one is none. */
export function isSet(variable: string): boolean {
  const { [variable]: value, [`${variable}_FILE`]: path } = process.env;
  return value === undefined ? path !== undefined : value !== '';
}

/** The embedded store in a folder; without one, the server that the environment names, or else the embedded store's usual place. */
export function openStore(folder: string | undefined): Promise<Store> {
  return folder === undefined && isSet(CLICKHOUSE) ? openStatedServer() : openEmbedded(folder);
}

/** @param folder the usual place unless stated. */
export function openEmbedded(folder = DEFAULT_STORE_FOLDER): Promise<Store> {
  return Store.open({ kind: 'embedded', path: folder, database: DEFAULT_DATABASE });
}

/**
 * The server that the environment names; Kafka's and the registry's settings may be missing.
 *
 * @param cluster on which tables are made. @throws UsageError with every setting that is wrong, or where no server is named.
 */
export function openStatedServer(cluster?: string): Promise<Store> {
  if (!isSet(CLICKHOUSE))
    throw new UsageError([`${CLICKHOUSE} is not set: the address of ClickHouse's HTTP interface`]);
  const unneeded = Object.entries({ TIDEMARK_BROKERS: 'localhost:9092', TIDEMARK_REGISTRY_URL: 'https://localhost' });
  const missing = unneeded.filter(([variable]) => !isSet(variable));
  return openServer(settingsFrom({ ...process.env, ...Object.fromEntries(missing) }), cluster);
}

/** The server that the settings name. @param cluster on which tables are made. */
export function openServer({ clickHouse }: ServiceSettings, cluster?: string): Promise<Store> {
  const { certificates, ...server } = clickHouse;
  return Store.open({
    kind: 'server',
    ...server,
    ...(certificates === null ? {} : { tls: certificates }),
    ...(cluster === undefined ? {} : { cluster }),
  });
}

/** The client's details hold whole stack traces; its error says enough. */
function pick({ error, groupId, broker }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { error, groupId, broker };
}
