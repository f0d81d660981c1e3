import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SettingFault } from './setting-fault.js';

/** What an encrypted connection is made with, in PEM. The other side's certificate and name are checked whatever is here. */
export interface Certificates {
  /** The authorities that may have signed the other side's certificate; null: those of the system. */
  readonly ca: Buffer | null;
  /** Our own, shown where the other side asks for one; with it comes its key. */
  readonly certificate: Buffer | null;
  readonly key: Buffer | null;
}

/** The connections that may be encrypted, by what their variables begin with. */
export type Connection = 'KAFKA' | 'REGISTRY' | 'CLICKHOUSE';

/**
 * Reads the files that `TIDEMARK_<connection>_CA`, `_CERT` and `_KEY` name; null where none is named. What they hold is checked
 * here, so that a wrong file is a setting to mend and not a handshake that fails.
 *
 * @param encrypted whether the connection is to be encrypted at all; files for one that is not are a fault
 */
export function readCertificates(
  connection: Connection,
  given: Readonly<Record<string, string>>,
  encrypted: boolean,
  faults: SettingFault[],
): Certificates | null {
  const [ca, certificate, key] = (['CA', 'CERT', 'KEY'] as const).map((part) => {
    const variable = `TIDEMARK_${connection}_${part}`;
    const path = given[variable];
    if (path === undefined) return null;
    if (!encrypted) faults.push({ variable, message: `is set, but ${NOT_ENCRYPTED[connection]}` });
    return readPem(variable, path, part === 'KEY' ? 'key' : 'certificate', faults);
  });
  for (const [one, other] of [
    ['CERT', 'KEY'],
    ['KEY', 'CERT'],
  ]) {
    const variable = `TIDEMARK_${connection}_${one}`;
    if (given[variable] === undefined && given[`TIDEMARK_${connection}_${other}`] !== undefined) {
      faults.push({ variable, message: `is not set, but TIDEMARK_${connection}_${other} is` });
    }
  }
  return ca === null && certificate === null ? null : { ca, certificate, key };
}

const NOT_ENCRYPTED: Readonly<Record<Connection, string>> = {
  KAFKA: 'TIDEMARK_KAFKA_TLS is not true',
  REGISTRY: 'TIDEMARK_REGISTRY_URL is not an https address',
  CLICKHOUSE: 'TIDEMARK_CLICKHOUSE_URL is not an https address',
};

function readPem(variable: string, path: string, kind: 'certificate' | 'key', faults: SettingFault[]): Buffer | null {
  let pem: Buffer;
  try {
    pem = readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    faults.push({ variable, message: `names a file that cannot be read (${reason})` });
    return null;
  }
  try {
    if (kind === 'key') createPrivateKey(pem);
    else new X509Certificate(pem);
  } catch {
    faults.push({
      variable,
      message: `names a file that holds no ${kind} in PEM that can be read without a passphrase`,
    });
    return null;
  }
  return pem;
}
