import type { Connection } from './certificates.js';
import type { SettingFault } from './setting-fault.js';

/** A connection with credentials, as far as it matters who can listen to it. */
export interface CredentialedConnection {
  readonly connection: Connection;
  readonly encrypted: boolean;
  /** The secret; null or empty where there is none to be overheard. */
  readonly secret: string | null;
  readonly hosts: readonly string[];
}

/**
 * Credentials that would travel unencrypted to another machine. A fault and not a warning: by the time that somebody reads a
 * warning, the password has been on the wire.
 */
export function plaintextFaults(connections: readonly CredentialedConnection[]): SettingFault[] {
  return connections
    .filter(({ encrypted, secret, hosts }) => !encrypted && (secret ?? '') !== '' && !hosts.every(isLoopback))
    .map(({ connection }) => ({
      variable: `TIDEMARK_${connection}_PASSWORD`,
      message: `would be sent unencrypted to another machine: ${REMEDY[connection]}, or set TIDEMARK_ALLOW_PLAINTEXT_CREDENTIALS=true where the network itself can be trusted`,
    }));
}

const REMEDY: Readonly<Record<Connection, string>> = {
  KAFKA: 'set TIDEMARK_KAFKA_TLS=true',
  REGISTRY: 'use an https address in TIDEMARK_REGISTRY_URL',
  CLICKHOUSE: 'use an https address in TIDEMARK_CLICKHOUSE_URL',
};

/** Whether what is sent to a host stays on this machine, by its name or address. */
export function isLoopback(host: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}
