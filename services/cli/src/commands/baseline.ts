import { basename } from 'node:path';
import { formatDuration, topicsOf } from '@tidemark/contracts';
import { calibrationOf, describeCalibration, type Baseline, type Monitor } from '@tidemark/monitoring';
import { migrate, writeBaseline } from '@tidemark/store';
import { isSet, openLog, openRegistry, openStore, settingsFromEnvironment } from '../connections.js';
import { originOf, publishing } from '../control/control-place.js';
import { gapsOf, watchedColumns } from '../files/coverage.js';
import { baselineOfFile } from '../files/file-baseline.js';
import { openMapped } from '../files/mapped-file.js';
import { monitorWithMapping } from '../monitor-files.js';
import { complain, print, table } from '../terminal.js';
import { ensureTopics } from '../topic-settings.js';

export interface BaselineBuildOptions {
  readonly monitor: string;
  readonly store?: string;
  readonly format?: string;
  /** Whether it is only put into the store, not on the topic. */
  readonly storeOnly: boolean;
}

/** Builds a baseline from a file, keeps it in the store and, where Kafka is configured, publishes it to the services; says if not. */
export async function runBaselineBuild(path: string, options: BaselineBuildOptions): Promise<void> {
  const { monitor, mapping } = monitorWithMapping(options.monitor);
  const settings = options.storeOnly || !isSet('TIDEMARK_BROKERS') ? null : settingsFromEnvironment();
  const store = await openStore(options.store);
  try {
    if (store.config.kind === 'embedded') await migrate(store);
    const file = await openMapped(path, options.format, { monitor, mapping });
    const { model, version } = monitor;
    const watched = watchedColumns(file, mapping, monitor);
    const baseline = await baselineOfFile({
      ...{ file, monitor, mapping, model, version },
      source: basename(path),
      createdAt: Date.now(),
    }).finally(() => file.close());
    await writeBaseline(store, baseline);
    describe(baseline, monitor);
    for (const gap of gapsOf(baseline, watched)) complain(gap);
    if (settings === null) {
      complain(`Not published: ${options.storeOnly ? '--store-only' : 'TIDEMARK_BROKERS is not set'}.`);
      return;
    }
    const log = await openLog(settings, 'tidemark-cli');
    try {
      const topics = topicsOf(settings.topicPrefix);
      await ensureTopics(log, topics, settings.partitions);
      const place = { log, registry: openRegistry(settings), topics, now: Date.now };
      await publishing(place, (publisher) => publisher.publishBaseline(baseline, originOf({}, Date.now)));
      print(`Published to ${topics.baselines}.`);
    } finally {
      await log.close();
    }
  } finally {
    await store.close();
  }
}

function describe(baseline: Baseline, monitor: Monitor): void {
  const rows = baseline.columns.map(({ name, kind, values, nulls, typeErrors, bins }) => [
    name,
    kind,
    values,
    nulls,
    typeErrors,
    bins === null ? '' : bins.length,
  ]);
  print(
    ...table(['column', 'kind', 'values', 'nulls', 'wrong type', 'bins'], rows),
    '',
    `Baseline ${baseline.id} of ${baseline.model}, version ${baseline.version}: ${baseline.rows} rows of ${baseline.source}.`,
  );
  for (const window of monitor.windows) {
    const caution = describeCalibration(calibrationOf(baseline, window, monitor.decision.minimumEvents));
    if (caution !== '') print(`Windows of ${formatDuration(window.size)}: ${caution}.`);
  }
}
