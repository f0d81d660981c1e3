import { ConfluentRegistry, parseSettings, type ServiceSettings } from '@tidemark/contracts';
import { DEFAULT_DATABASE, Store } from '@tidemark/store';
import { KafkaLog, type Log } from '@tidemark/transport';
import { UsageError } from './exit-codes.js';
import { logLine } from './log-lines.js';

/** Where the embedded store is unless stated. */
export const DEFAULT_STORE_FOLDER = '.tidemark/store';

/** @throws UsageError with every setting that is wrong. */
export function settingsFromEnvironment(): ServiceSettings {
  const parsed = parseSettings(process.env);
  if (parsed.ok) return parsed.settings;
  throw new UsageError(parsed.faults.map(({ variable, message }) => `${variable} ${message}`));
}

export function openLog({ kafka }: ServiceSettings, clientId: string): Promise<Log> {
  const { brokers, sasl, tls, certificates } = kafka;
  return KafkaLog.connect({
    brokers,
    sasl,
    tls: tls && (certificates ?? true),
    clientId,
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

/** The embedded store in a folder; without one, the server that the environment names, or else the embedded store's usual place. */
export function openStore(folder: string | undefined): Promise<Store> {
  if (folder === undefined && process.env.TIDEMARK_CLICKHOUSE_URL !== undefined) {
    const { TIDEMARK_BROKERS = 'localhost:9092', TIDEMARK_REGISTRY_URL = 'https://localhost' } = process.env;
    const parsed = parseSettings({ ...process.env, TIDEMARK_BROKERS, TIDEMARK_REGISTRY_URL });
    if (!parsed.ok) throw new UsageError(parsed.faults.map(({ variable, message }) => `${variable} ${message}`));
    return openServer(parsed.settings);
  }
  return Store.open({ kind: 'embedded', path: folder ?? DEFAULT_STORE_FOLDER, database: DEFAULT_DATABASE });
}

/** The server that the settings name. */
export function openServer({ clickHouse }: ServiceSettings): Promise<Store> {
  const { certificates, ...server } = clickHouse;
  return Store.open({ kind: 'server', ...server, ...(certificates === null ? {} : { tls: certificates }) });
}

/** The client's details hold whole stack traces; its error says enough. */
function pick({ error, groupId, broker }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { error, groupId, broker };
}
