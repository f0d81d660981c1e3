import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataFile, FileCell } from '../src/index.js';
import { collect, temporaryFolder } from './embedded.js';

/** Writes a file for a test; it goes when the tests have ended. @returns its path. */
export function fileOf(name: string, content: string | Buffer): string {
  const folder = join(temporaryFolder(), 'files');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** All cells of a file, by column. */
export async function cellsOf(
  file: DataFile,
  options: Parameters<DataFile['rows']>[0] = {},
): Promise<Record<string, FileCell[]>> {
  const cells = new Map<string, FileCell[]>();
  for (const batch of await collect(file.rows(options))) {
    for (const column of batch.columns) cells.set(column.name, [...(cells.get(column.name) ?? []), ...column.cells]);
  }
  return Object.fromEntries(cells);
}
