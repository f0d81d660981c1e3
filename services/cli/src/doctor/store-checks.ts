import { checkVersion, type Store } from '@tidemark/store';
import { checkStoreGrants, type ServiceName } from './access-checks.js';
import { ok, toMend, type Finding } from './finding.js';

/** Whether the store answers, has this version's tables, and lets the user do what the services do. */
export async function checkStore(store: Store, username: string, services: readonly ServiceName[]): Promise<Finding[]> {
  await store.query('SELECT 1');
  const tables = await checkTables(store);
  const findings = [ok('clickhouse', 'answers'), tables];
  if (tables.mend !== null) return findings;
  for (const service of services) findings.push(...(await checkStoreGrants(store, service, username)));
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
