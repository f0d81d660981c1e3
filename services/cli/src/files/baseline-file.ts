import { basename } from 'node:path';
import type { FileMapping } from '@tidemark/contracts';
import type { Baseline, Monitor } from '@tidemark/monitoring';
import { baselineOfFile } from './file-baseline.js';
import { openMapped } from './mapped-file.js';

/** The baseline of a file by its path: equal files give equal baselines, whenever they are read. @throws StoreError, UsageError. */
export async function readBaselineFile(
  path: string,
  format: string | undefined,
  { monitor, mapping }: { readonly monitor: Monitor; readonly mapping: FileMapping },
): Promise<Baseline> {
  const file = await openMapped(path, format, { monitor, mapping });
  try {
    const { model, version } = monitor;
    return await baselineOfFile({ file, monitor, mapping, model, version, source: basename(path), createdAt: 0 });
  } finally {
    await file.close();
  }
}
