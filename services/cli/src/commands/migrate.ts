import { migrate } from '@tidemark/store';
import { openStatedServer, openStore } from '../connections.js';
import { UsageError } from '../exit-codes.js';
import { print } from '../terminal.js';

export interface MigrateOptions {
  readonly store?: string;
  /** The server's cluster on which tables are made. */
  readonly cluster?: string;
  /** Days, or `none`: rows are kept for good. It stays as it was unless stated. */
  readonly retentionDays?: string;
}

/** Brings the tables up to this version's, and sets how long their rows are kept where that is stated. */
export async function runMigrate({ cluster, ...options }: MigrateOptions): Promise<void> {
  const retention = retentionOf(options.retentionDays);
  if (cluster !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(cluster)) {
    throw new UsageError([`--cluster ${cluster}: must be a plain name`]);
  }
  const store = await (cluster === undefined ? openStore(options.store) : openStatedServer(cluster));
  try {
    const applied = await migrate(store, retention);
    print(applied.length === 0 ? 'The tables are up to date.' : `Applied the migrations ${applied.join(', ')}.`);
    const { retentionDays: days } = retention;
    if (days === null) print('Rows are kept for good.');
    else if (days !== undefined) print(`Rows are kept for ${days} ${days === 1 ? 'day' : 'days'}.`);
  } finally {
    await store.close();
  }
}

function retentionOf(text: string | undefined): { readonly retentionDays?: number | null } {
  if (text === undefined) return {};
  if (text === 'none') return { retentionDays: null };
  if (/^[1-9]\d{0,5}$/.test(text)) return { retentionDays: Number(text) };
  throw new UsageError([`--retention-days ${text}: must be a whole number of days from 1 to 999999, or none`]);
}
