import { basename } from 'node:path';
import { topicsOf } from '@tidemark/contracts';
import { DataFile, readLabelingRequests } from '@tidemark/store';
import { openLog, openRegistry, openStore, settingsFromEnvironment } from '../connections.js';
import { UsageError } from '../exit-codes.js';
import { importLabels } from '../labels/import-labels.js';
import { requestSheet } from '../labels/request-sheet.js';
import { momentOf } from '../moment.js';
import { complain, print, printCsv } from '../terminal.js';
import { ensureTopics } from '../topic-settings.js';

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
    printCsv(requestSheet(requests));
    complain(requests.length === 1 ? '1 request.' : `${requests.length} requests.`);
  } finally {
    await store.close();
  }
}

export interface LabelsImportOptions {
  readonly model?: string;
  readonly format?: string;
}

/** Publishes the labels of a filled-in sheet to the topic of ground truth. */
export async function runLabelsImport(path: string, { model, format }: LabelsImportOptions): Promise<void> {
  const settings = settingsFromEnvironment();
  const file = await DataFile.open(path, format, 'as-texts');
  try {
    const log = await openLog(settings, 'tidemark-cli');
    try {
      const topics = topicsOf(settings.topicPrefix);
      await ensureTopics(log, topics, settings.partitions);
      const producer = await log.producer();
      const { sent, empty } = await importLabels({
        ...{ file, name: basename(path), model: model ?? null, topic: topics.groundTruth, producer },
        registry: openRegistry(settings),
        now: Date.now(),
      });
      await producer.close();
      print(`Published ${sent} labels to ${topics.groundTruth}; ${empty} rows have none yet.`);
    } finally {
      await log.close();
    }
  } finally {
    await file.close();
  }
}
