import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { migrate, Store, type EmbeddedStoreConfig } from '../src/index.js';

let folder: string | null = null;
const open: Store[] = [];
let databases = 0;

after(async () => {
  for (const store of open.splice(0)) await store.close();
  if (folder !== null) rmSync(folder, { recursive: true, force: true });
});

/** A folder that goes when the file's tests have ended. */
export function temporaryFolder(): string {
  return (folder ??= mkdtempSync(join(tmpdir(), 'tidemark-test-')));
}

/** An empty database in the one folder that the engine has a process. */
export async function emptyStore(): Promise<Store> {
  const config: EmbeddedStoreConfig = {
    kind: 'embedded',
    path: join(temporaryFolder(), 'data'),
    database: `test_${++databases}`,
  };
  const store = await Store.open(config);
  open.push(store);
  return store;
}

export async function migratedStore(): Promise<Store> {
  const store = await emptyStore();
  await migrate(store);
  return store;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
