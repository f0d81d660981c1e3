import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { ClickHouseClientConfigOptions } from '@clickhouse/client';
import { StoreError } from './store-error.js';

/** What is used of the engine's connection. The package is optional, so nothing here is of its types: this builds without it. */
export interface EngineConnection {
  readonly chdb: {
    queryAsync(sql: string, options: { readonly format: string }): Promise<{ text(): string }>;
    queryStream(sql: string, options: { readonly format: string }): AsyncIterable<{ text(): string }>;
  };
  close(): Promise<void>;
}

/** The connection as the client takes it: it implements the client's own contract, seen through another copy of the types. */
export function asClientConnection(connection: EngineConnection): ClientConnection {
  return connection as unknown as ClientConnection;
}

type ClientConnection = NonNullable<ClickHouseClientConfigOptions['connection']>;

type CreateConnection = (options: { readonly path: string }) => EngineConnection;

/** Not a literal, so that the compiler does not look for the package. */
const ENGINE_PACKAGE: string = 'chdb/connection';

/**
 * The folder that this process's engine is bound to, and how many connections keep it so. The engine holds one folder a process;
 * connections to the same folder see the same data and run side by side, though queries with parameters queue one after another.
 */
let bound: { readonly path: string; readonly temporary: boolean; users: number } | null = null;

/**
 * Connects to the engine inside this process. Each connection carries its own settings, and one streamed result at a time, so
 * whoever streams takes one for itself. Release every connection: the last one lets go of the folder, which then may be opened
 * by another process.
 *
 * Of the engine itself: a folder is locked by the first process that opens it; what was aborted or timed out goes on computing
 * in the background; a folder must not disappear under it.
 *
 * @param path the folder; null: wherever the engine is open already, else a temporary folder.
 * @throws StoreError `engine-missing` or `engine-busy`.
 */
export async function connectEngine(
  path: string | null,
): Promise<{ readonly connection: EngineConnection; readonly release: () => Promise<void> }> {
  const create = await loadEngine();
  const wanted = path === null ? bound?.path : resolve(path);
  if (bound !== null && wanted !== bound.path) {
    throw new StoreError(
      'engine-busy',
      `The embedded engine is open at ${bound.path} and cannot open ${wanted} beside it: close the other store first`,
    );
  }
  const place = (bound ??= {
    path: wanted ?? mkdtempSync(join(tmpdir(), 'tidemark-')),
    temporary: wanted === undefined,
    users: 0,
  });
  place.users++;
  let open = true;
  const release = (): void => {
    place.users--;
    if (place.users > 0) return;
    bound = null;
    if (place.temporary) rmSync(place.path, { recursive: true, force: true });
  };
  try {
    // What is in a store is nobody else's to read; a folder that is there keeps the rights that its owner gave it.
    mkdirSync(place.path, { recursive: true, mode: 0o700 });
    const connection = create({ path: place.path });
    return {
      connection,
      release: async () => {
        if (!open) return;
        open = false;
        await connection.close();
        // The engine lets go of a connection only after what was running on it has settled.
        await setImmediate();
        release();
      },
    };
  } catch (fault) {
    release();
    // The engine says why on stderr only; by far the most often the folder is locked.
    const message = `The embedded engine cannot open ${place.path}: another process has it open, or it is not to be written`;
    throw new StoreError('engine-busy', message, { cause: fault });
  }
}

async function loadEngine(): Promise<CreateConnection> {
  try {
    const loaded = (await import(ENGINE_PACKAGE)) as { readonly createChdbConnection: CreateConnection };
    return loaded.createChdbConnection;
  } catch (fault) {
    throw new StoreError(
      'engine-missing',
      'The embedded engine is not installed: run `npm install chdb`, or use a ClickHouse server by its URL',
      { cause: fault },
    );
  }
}
