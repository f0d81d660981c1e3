import { readLabelingRequests } from '@tidemark/store';
import { openStore } from '../connections.js';
import { UsageError } from '../exit-codes.js';
import { requestSheet } from '../labels/request-sheet.js';
import { momentOf } from '../moment.js';

export interface LabelsExportOptions {
  readonly model: string;
  readonly version?: string;
  readonly since?: string;
  readonly store?: string;
  readonly limit: string;
}

/** Prints labelling requests as CSV for people to fill in; says on stderr how many. */
export async function runLabelsExport({
  model,
  version,
  since,
  limit,
  ...options
}: LabelsExportOptions): Promise<void> {
  const most = Number(limit);
  if (!Number.isInteger(most) || most < 1 || most > 1_000_000) {
    throw new UsageError([`--limit ${limit}: must be a whole number from 1 to 1000000`]);
  }
  const from = since === undefined ? {} : { from: momentOf('--since', since) };
  const store = await openStore(options.store);
  try {
    const filter = { model, ...(version === undefined ? {} : { version }), ...from };
    const requests = await readLabelingRequests(store, { ...filter, limit: most });
    for (const line of requestSheet(requests)) console.log(line);
    console.error(requests.length === 1 ? '1 request.' : `${requests.length} requests.`);
  } finally {
    await store.close();
  }
}
