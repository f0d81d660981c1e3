import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../exit-codes.js';

/** A file that says whose the folder is. */
const MARK = 'made-by-tidemark-demo';
/** What the embedded engine makes in a folder. */
const OF_THE_ENGINE = new Set(['data', 'metadata', 'metadata_dropped', 'store', 'tmp', 'status', 'uuid', 'user_files']);

/**
 * Makes an empty folder for the store of a demonstration, or empties that of an earlier one. Nothing is removed but what a demonstration made.
 *
 * @throws UsageError where the folder holds anything else; nothing has been removed then.
 */
export async function prepareDemoFolder(folder: string): Promise<void> {
  const names = await namesIn(folder);
  const strange = names.includes(MARK) ? names.filter((name) => name !== MARK && !OF_THE_ENGINE.has(name)) : names;
  if (strange.length > 0) {
    const shown = strange.sort().slice(0, 3).join(', ') + (strange.length > 3 ? ', …' : '');
    throw new UsageError([
      `--store ${folder}: the folder holds what no demonstration has made (${shown}). Name a new folder, or an empty one.`,
    ]);
  }
  for (const name of names) await rm(join(folder, name), { recursive: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(
    join(folder, MARK),
    'The next demonstration with this folder removes what the last one left in it.\n',
  );
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR')
      throw new UsageError([`--store ${folder}: is no folder. Name a new folder, or an empty one.`]);
    throw error;
  }
}
