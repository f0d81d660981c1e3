import { statSync } from 'node:fs';
import { ConfluentRegistry, parseSettings, type ServiceSettings } from '@tidemark/contracts';
import { DEFAULT_DATABASE, Store } from '@tidemark/store';
import { KafkaLog, type OnLog } from '@tidemark/transport';
import { UsageError } from './exit-codes.js';
import { logLine } from './log-lines.js';
import { complain } from './terminal.js';

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

/** @param onLog hears of what the client meets; the process's log unless stated. */
export function openLog(
  { kafka, topicPrefix }: ServiceSettings,
  clientId: string,
  onLog: OnLog = logClientLine,
): Promise<KafkaLog> {
  const { brokers, sasl, tls, certificates } = kafka;
  return KafkaLog.connect({
    brokers,
    sasl,
    tls: tls && (certificates ?? true),
    clientId,
    groupPrefix: topicPrefix,
    onLog,
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
export async function openEmbedded(folder = DEFAULT_STORE_FOLDER): Promise<Store> {
  const store = await Store.open({ kind: 'embedded', path: folder, database: DEFAULT_DATABASE });
  warnOfReaders(folder);
  return store;
}

/** Folders are made for their owner alone; one that was there before, or was made by an older version, may be open to others. */
function warnOfReaders(folder: string): void {
  const mode = statSync(folder).mode & 0o777;
  if ((mode & 0o077) === 0 || process.platform === 'win32') return;
  complain(
    `Other users of this machine can read the store ${folder} (its mode is ${mode.toString(8)}): chmod 700 ${folder}`,
  );
}

/**
 * The server that the environment names; Kafka's and the registry's settings may be missing.
 *
 * @param cluster in place of the one that the environment names. @throws UsageError with every setting that is wrong, or where no server is named.
 */
export function openStatedServer(cluster?: string): Promise<Store> {
  if (!isSet(CLICKHOUSE))
    throw new UsageError([`${CLICKHOUSE} is not set: the address of ClickHouse's HTTP interface`]);
  const unneeded = Object.entries({ TIDEMARK_BROKERS: 'localhost:9092', TIDEMARK_REGISTRY_URL: 'https://localhost' });
  const missing = unneeded.filter(([variable]) => !isSet(variable));
  return openServer(settingsFrom({ ...process.env, ...Object.fromEntries(missing) }), cluster);
}

/** The server that the settings name. @param cluster in place of the one that they name. */
export function openServer({ clickHouse }: ServiceSettings, cluster?: string): Promise<Store> {
  const { certificates, cluster: stated, ...server } = clickHouse;
  const replicated = cluster ?? stated;
  return Store.open({
    kind: 'server',
    ...server,
    ...(certificates === null ? {} : { tls: certificates }),
    ...(replicated === null ? {} : { cluster: replicated }),
  });
}

/** Writes what Kafka's client says. */
export const logClientLine: OnLog = (level, message, details) => logLine(level, `kafka: ${message}`, pick(details));

/** The client's details hold whole stack traces; its error says enough. */
function pick({ error, groupId, broker, repeated }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { error, groupId, broker, repeated };
}
