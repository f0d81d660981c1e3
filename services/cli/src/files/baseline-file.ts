import { basename } from 'node:path';
import type { FileMapping } from '@tidemark/contracts';
import type { Baseline, Monitor } from '@tidemark/monitoring';
import { DataFile } from '@tidemark/store';
import { baselineOfFile } from './file-baseline.js';

/** The baseline of a file by its path: equal files give equal baselines, whenever they are read. @throws StoreError, UsageError. */
export async function readBaselineFile(
  path: string,
  format: string | undefined,
  { monitor, mapping }: { readonly monitor: Monitor; readonly mapping: FileMapping },
): Promise<Baseline> {
  const file = await DataFile.open(path, format);
  try {
    const { model, version } = monitor;
    return await baselineOfFile({ file, monitor, mapping, model, version, source: basename(path), createdAt: 0 });
  } finally {
    await file.close();
  }
}
