import { basename } from 'node:path';
import { driftEventToAvro } from '@tidemark/contracts';
import { PastDetector, splitCaution, type DetectorOutput, type DriftEvent } from '@tidemark/monitoring';
import {
  migrate,
  writeBaseline,
  writeDriftEvents,
  writeLabelingRequests,
  writePanes,
  writeQuality,
  writeWindows,
} from '@tidemark/store';
import { JudgedTime } from '../backtest/judged-time.js';
import { openEmbedded, openStatedServer } from '../connections.js';
import { ExitCode } from '../exit-codes.js';
import { readBaselineFile } from '../files/baseline-file.js';
import { gapsOf, watchedColumns } from '../files/coverage.js';
import { openMapped } from '../files/mapped-file.js';
import { minuteOf } from '../moment.js';
import { monitorWithMapping } from '../monitor-files.js';
import { PastLabels } from '../past/past-labels.js';
import { FilePast } from '../past/file-past.js';
import { PastKnowledge } from '../past/past-knowledge.js';
import { QualityByWindow } from '../past/quality-by-window.js';
import { complain, print, printJson, ProgressBar, table } from '../terminal.js';

export interface ReplayOptions {
  readonly monitor: string;
  readonly events: string;
  readonly baseline?: string;
  readonly groundTruth?: string;
  /** Folder of an embedded store. */
  readonly store?: string;
  /** Whether the server of the environment is written to instead, where a live stream may have rows under the same keys. */
  readonly server: boolean;
  readonly format?: string;
  readonly output: 'table' | 'json';
  readonly failOnDrift: boolean;
}

/**
 * Runs files through the sketcher and the detector as if their rows came now: aggregates go to the store, drift events to stdout.
 * The store is an embedded one unless the server is asked for: rows of the same model, version and time are replaced.
 *
 * @returns the exit code; a failure where no window was judged.
 */
export async function runReplay(options: ReplayOptions): Promise<number> {
  const { monitor, mapping } = monitorWithMapping(options.monitor);
  const store = await (options.server ? openStatedServer() : openEmbedded(options.store));
  try {
    if (store.config.kind === 'embedded') await migrate(store);
    const bar = new ProgressBar();
    const baseline =
      options.baseline === undefined
        ? null
        : await readBaselineFile(options.baseline, options.format, { monitor, mapping });
    if (baseline !== null) await writeBaseline(store, baseline);
    const file = await openMapped(options.events, options.format, { monitor, mapping });
    const gaps = baseline === null ? [] : gapsOf(baseline, watchedColumns(file, mapping, monitor));
    for (const gap of gaps) complain(gap);
    const knowledge = new PastKnowledge(monitor, () => baseline);
    const detector = new PastDetector(knowledge, store.database);
    const events: DriftEvent[] = [];
    const judged = new JudgedTime(monitor, []);
    const quality = new QualityByWindow(monitor.quality?.metric ?? null);
    const write = async (output: DetectorOutput): Promise<void> => {
      await writePanes(store, output.panes);
      for (const learnt of output.baselines) {
        await writeBaseline(store, learnt);
        knowledge.learn(learnt);
      }
      for (const row of output.windows) judged.take(row, knowledge.baselineOf(row.stream));
      await writeWindows(store, output.windows);
      await writeQuality(store, output.quality);
      quality.take(output.quality);
      await writeDriftEvents(store, output.events);
      for (const event of output.events) {
        bar.clear();
        if (options.output === 'json') printJson(driftEventToAvro(event));
        events.push(event);
      }
    };
    const { groundTruth, format } = options;
    const labels =
      groundTruth === undefined ? null : await PastLabels.open(store, groundTruth, mapping, knowledge, format);
    let watermark = -Infinity;
    try {
      const past = new FilePast(file, basename(options.events), mapping, knowledge);
      for await (const step of past.steps((rows) => bar.update(0, `${rows} rows`))) {
        await writeLabelingRequests(store, step.requests);
        await labels?.log(step.predictions);
        watermark = step.watermark;
        const partials = [...step.partials, ...((await labels?.take(watermark)) ?? [])];
        await write(detector.take(partials, watermark));
      }
      // What comes after the last event.
      const late = (await labels?.take(Infinity)) ?? [];
      if (late.length > 0) await write(detector.take(late, watermark));
      await write(detector.finish());
      bar.clear();
      for (const complaint of [past.complaint, ...(labels?.complaints ?? [])])
        if (complaint !== '') complain(complaint);
    } finally {
      bar.clear();
      await file.close();
    }
    if (judged.whyNone !== null) complain(judged.whyNone);
    if (options.output === 'table') {
      if (events.length > 0 || judged.windows > 0) print(...describe(events));
      const measured = quality.describe();
      if (measured.length > 0) print('', ...measured);
    }
    const drifted = events.some(({ status, notify }) => notify && (status === 'opened' || status === 'updated'));
    if (drifted && options.failOnDrift) return ExitCode.drift;
    return judged.windows === 0 ? ExitCode.failure : ExitCode.ok;
  } finally {
    await store.close();
  }
}

/** What their baseline lacks is said once, beneath. */
function describe(events: readonly DriftEvent[]): string[] {
  if (events.length === 0) return ['No drift.'];
  const cautions = new Set<string>();
  const rows = events.map(({ windowStart, windowEnd, status, severity, signal, summary }) => {
    const { sentence, caution } = splitCaution(summary);
    if (caution !== '') cautions.add(caution);
    const [from, to] = [windowStart, windowEnd].map(minuteOf);
    return [from, to, status, severity, signal, sentence];
  });
  const beneath = [...cautions].flatMap((caution) => ['', `${caution[0].toUpperCase()}${caution.slice(1)}.`]);
  return [...table(['window from', 'to', 'status', 'severity', 'signal', 'what'], rows), ...beneath];
}
