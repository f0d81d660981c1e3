import { checkVersion, type Store } from '@tidemark/store';
import { ok, toMend, type Finding } from './finding.js';

/** What services do in their database: the statements change nothing. */
const ACTS = [
  { grant: 'SELECT', sql: 'SELECT 1 FROM {database}.windows_raw LIMIT 0' },
  { grant: 'INSERT', sql: 'INSERT INTO {database}.windows_raw SELECT * FROM {database}.windows_raw WHERE 0' },
] as const;

/** Whether the store answers, has this version's tables, and lets the user do what services do. */
export async function checkStore(store: Store, username: string): Promise<Finding[]> {
  await store.query('SELECT 1');
  const tables = await checkTables(store);
  const findings = [ok('clickhouse', 'answers'), tables];
  if (tables.mend !== null) return findings;
  const { database } = store;
  for (const { grant, sql } of ACTS) {
    const check = `clickhouse grant ${grant}`;
    try {
      await store.command(sql.replaceAll('{database}', database));
      findings.push(ok(check, `${username} may on ${database}`));
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'denied') throw error;
      findings.push(
        toMend(check, `${username} may not on ${database}`, `GRANT ${grant} ON ${database}.* TO ${username}`),
      );
    }
  }
  return findings;
}

async function checkTables(store: Store): Promise<Finding> {
  const check = `clickhouse tables of ${store.database}`;
  try {
    await checkVersion(store);
    return ok(check, "are this version's");
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === 'schema-behind') return toMend(check, message, 'tidemark migrate');
    if (code === 'schema-ahead')
      return toMend(check, message, 'run a version of Tidemark that is as new as the tables');
    throw error;
  }
}
