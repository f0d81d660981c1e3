import { StoreError } from './store-error.js';

interface CommonConfig {
  /** The database that holds the tables: letters, digits and underscores, not beginning with a digit. */
  readonly database: string;
}

/** A ClickHouse server, or a cluster behind one address. */
export interface ServerStoreConfig extends CommonConfig {
  readonly kind: 'server';
  /** `http://host:8123` or `https://host:8443`. Credentials are not taken from it. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** The cluster of system.clusters on which tables are made, replicated; without it they are plain tables of one server. */
  readonly cluster?: string;
  /** Milliseconds to wait for an answer. */
  readonly requestTimeout?: number;
  /**
   * Certificates in PEM: the authorities that sign the server's (those of the system unless stated), and the client's own with its key
   * where the server asks for one. With a certificate and no password it is the certificate that names the user.
   */
  readonly tls?: { readonly ca?: Buffer | null; readonly certificate?: Buffer | null; readonly key?: Buffer | null };
}

/** ClickHouse's engine inside this process. One process at a time may open a folder, and one folder at a time be open in a process. */
export interface EmbeddedStoreConfig extends CommonConfig {
  readonly kind: 'embedded';
  /** The folder that holds the data; made where it is missing. */
  readonly path: string;
}

export type StoreConfig = ServerStoreConfig | EmbeddedStoreConfig;

export const DEFAULT_DATABASE = 'tidemark';

/**
 * Checks a configuration from outside, and fills in what may be left out: the database `tidemark`, the user `default`.
 *
 * @throws StoreError `bad-config` with every fault; no value of a password is ever in it.
 */
export function parseStoreConfig(value: unknown): StoreConfig {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const faults: string[] = [];
  const text = (name: string, otherwise?: string): string => {
    const found = given[name] ?? otherwise;
    if (typeof found === 'string' && (found !== '' || name === 'password')) return found;
    faults.push(`${name} must be a text${otherwise === undefined ? '' : ` (${otherwise} unless stated)`}`);
    return '';
  };
  const database = text('database', DEFAULT_DATABASE);
  if (database !== '' && !isIdentifier(database)) {
    faults.push('database must be letters, digits and underscores, and not begin with a digit');
  }
  const config = given['kind'] === 'embedded' ? embedded(database, text) : server(given, database, text, faults);
  if (given['kind'] !== 'embedded' && given['kind'] !== 'server') faults.unshift("kind must be 'server' or 'embedded'");
  if (faults.length > 0) throw new StoreError('bad-config', `The store's configuration is wrong: ${faults.join('; ')}`);
  return config;
}

type TextOf = (name: string, otherwise?: string) => string;

function embedded(database: string, text: TextOf): EmbeddedStoreConfig {
  return { kind: 'embedded', database, path: text('path') };
}

function server(
  given: Readonly<Record<string, unknown>>,
  database: string,
  text: TextOf,
  faults: string[],
): ServerStoreConfig {
  const url = given['kind'] === 'server' ? text('url') : '';
  if (url !== '' && !isHttp(url)) faults.push('url must begin with http:// or https:// and name a host');
  const { cluster, requestTimeout, tls } = given as Partial<ServerStoreConfig>;
  if (cluster !== undefined && !isIdentifier(cluster)) faults.push('cluster must be letters, digits and underscores');
  if (requestTimeout !== undefined && !(Number.isFinite(requestTimeout) && requestTimeout > 0)) {
    faults.push('requestTimeout must be a positive number of milliseconds');
  }
  return {
    kind: 'server',
    database,
    url,
    username: text('username', 'default'),
    password: text('password', ''),
    ...(cluster === undefined ? {} : { cluster }),
    ...(requestTimeout === undefined ? {} : { requestTimeout }),
    ...(tls === undefined ? {} : { tls }),
  };
}

export function isIdentifier(name: unknown): name is string {
  return typeof name === 'string' && /^[A-Za-z_][A-Za-z0-9_]{0,100}$/.test(name);
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}
