import { migrate } from '@tidemark/store';
import { openStore } from '../connections.js';

/** Brings the tables up to this version's. */
export async function runMigrate(folder: string | undefined): Promise<void> {
  const store = await openStore(folder);
  try {
    const applied = await migrate(store);
    console.log(applied.length === 0 ? 'The tables are up to date.' : `Applied the migrations ${applied.join(', ')}.`);
  } finally {
    await store.close();
  }
}
