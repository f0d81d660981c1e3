import { basename } from 'node:path';
import { driftEventToAvro, EventBatches, type FileMapping } from '@tidemark/contracts';
import { Detector, PartitionSketcher, type Baseline, type DriftEvent, type Monitor } from '@tidemark/monitoring';
import {
  DataFile,
  migrate,
  writeBaseline,
  writeDriftEvents,
  writePanes,
  writeWindows,
  type Store,
} from '@tidemark/store';
import { openStore } from '../connections.js';
import { ExitCode } from '../exit-codes.js';
import { baselineOfFile } from '../files/file-baseline.js';
import { RowEvents } from '../files/row-events.js';
import { ProgressBar, table } from '../terminal.js';
import { monitorWithMapping } from './baseline.js';

export interface ReplayOptions {
  readonly monitor: string;
  readonly events: string;
  readonly baseline?: string;
  readonly store?: string;
  readonly format?: string;
  readonly output: 'table' | 'json';
  readonly failOnDrift: boolean;
}

/**
 * Runs files through the sketcher and the detector as if their rows came now: aggregates go to the store, drift events to stdout.
 *
 * @returns the exit code.
 */
export async function runReplay(options: ReplayOptions): Promise<number> {
  const { monitor, mapping } = monitorWithMapping(options.monitor);
  const store = await openStore(options.store);
  try {
    if (store.config.kind === 'embedded') await migrate(store);
    const bar = new ProgressBar();
    const baseline =
      options.baseline === undefined ? null : await readBaseline(options.baseline, options, monitor, mapping);
    if (baseline !== null) await writeBaseline(store, baseline);
    const file = await DataFile.open(options.events, options.format);
    const events: DriftEvent[] = [];
    const replay = new Replay(store, monitor, baseline, (event) => {
      bar.clear();
      if (options.output === 'json') console.log(JSON.stringify(driftEventToAvro(event)));
      events.push(event);
    });
    const rowEvents = new RowEvents(
      mapping,
      file.columns.map(({ name }) => name),
      basename(options.events),
    );
    try {
      const batches = new EventBatches();
      let rows = 0;
      for await (const batch of file.rows({ orderBy: mapping.eventTime })) {
        rowEvents.add(batch, batches);
        await replay.take(batches);
        batches.clear();
        rows += batch.rows;
        bar.update(0, `${rows} rows`);
      }
      await replay.finish();
    } finally {
      bar.clear();
      await file.close();
    }
    if (rowEvents.faulty > 0) {
      console.error(`${rowEvents.faulty} rows were left out: their ${mapping.eventTime} is no time.`);
    }
    if (options.output === 'table') console.log(describe(events));
    const drifted = events.some(({ status, notify }) => notify && (status === 'opened' || status === 'updated'));
    return drifted && options.failOnDrift ? ExitCode.drift : ExitCode.ok;
  } finally {
    await store.close();
  }
}

/** The sketcher and the detector, with the log between them left out: what one gives, the other takes. */
class Replay {
  readonly #sketcher: PartitionSketcher;
  readonly #detector: Detector;
  #offset = 0;

  constructor(
    private readonly store: Store,
    monitor: Monitor,
    baseline: Baseline | null,
    private readonly onEvent: (event: DriftEvent) => void,
  ) {
    let inForce = baseline;
    const knowledge = { monitorOf: () => monitor, baselineOf: () => inForce };
    this.#sketcher = new PartitionSketcher(knowledge);
    this.#detector = new Detector(0, knowledge);
    this.#learn = (learnt) => (inForce ??= learnt);
  }

  readonly #learn: (learnt: Baseline) => void;

  /** Takes events whose times are not before those taken earlier. */
  async take(batches: EventBatches): Promise<void> {
    for (const batch of batches) this.#sketcher.fold(batch);
    for (const partial of this.#sketcher.drain()) this.#detector.takePartial(this.#offset++, partial);
    const { watermark } = this.#sketcher;
    this.#detector.takeWatermark(this.#offset++, { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 });
    await this.#write();
  }

  async finish(): Promise<void> {
    this.#detector.finish();
    await this.#write();
  }

  async #write(): Promise<void> {
    const { panes, windows, events, baselines } = this.#detector.drain();
    await writePanes(this.store, panes);
    for (const baseline of baselines) {
      await writeBaseline(this.store, baseline);
      this.#learn(baseline);
    }
    await writeWindows(this.store, windows);
    await writeDriftEvents(this.store, events);
    events.forEach(this.onEvent);
  }
}

async function readBaseline(
  path: string,
  options: ReplayOptions,
  monitor: Monitor,
  mapping: FileMapping,
): Promise<Baseline> {
  const file = await DataFile.open(path, options.format);
  try {
    const { model, version } = monitor;
    // Equal files give equal baselines, whenever they are read.
    return await baselineOfFile({ file, monitor, mapping, model, version, source: basename(path), createdAt: 0 });
  } finally {
    await file.close();
  }
}

function describe(events: readonly DriftEvent[]): string {
  if (events.length === 0) return 'No drift.';
  const rows = events.map(({ windowStart, windowEnd, status, severity, signal, summary }) => [
    new Date(windowStart).toISOString().slice(0, 16),
    new Date(windowEnd).toISOString().slice(0, 16),
    status,
    severity,
    signal,
    summary,
  ]);
  return table(['window from', 'to', 'status', 'severity', 'signal', 'what'], rows);
}
