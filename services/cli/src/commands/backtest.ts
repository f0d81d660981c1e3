import { basename } from 'node:path';
import { formatDuration, parseFalseAlarms, type FalseAlarms, type MonitorFile } from '@tidemark/contracts';
import { streamId, type Baseline, type Monitor, type Stream } from '@tidemark/monitoring';
import { readBaseline, readStreams, type Store } from '@tidemark/store';
import { Backtest } from '../backtest/backtest.js';
import { readKnownIncidents, type KnownIncident } from '../backtest/known-incidents.js';
import { describeBacktest } from '../backtest/report.js';
import { scoreLines } from '../backtest/score-lines.js';
import { openStore } from '../connections.js';
import { ExitCode, UsageError } from '../exit-codes.js';
import { readBaselineFile } from '../files/baseline-file.js';
import { openMapped } from '../files/mapped-file.js';
import { momentOf } from '../moment.js';
import { loadMonitor, monitorWithMapping } from '../monitor-files.js';
import { FilePast } from '../past/file-past.js';
import type { PastStep } from '../past/past-step.js';
import { PastKnowledge } from '../past/past-knowledge.js';
import { storedPast } from '../past/stored-past.js';
import { complain, print, printJson, ProgressBar } from '../terminal.js';

export interface BacktestOptions {
  readonly monitor: string;
  readonly events?: string;
  readonly since?: string;
  readonly until?: string;
  readonly store?: string;
  readonly baseline?: string;
  readonly format?: string;
  readonly falseAlarms: readonly string[];
  readonly known?: string;
  readonly output: 'table' | 'json';
  readonly failOnDrift: boolean;
}

/** A past that is ready to be judged. */
interface Past {
  readonly knowledge: PastKnowledge;
  readonly steps: AsyncIterable<PastStep>;
  /** What is to be said of it when it has been read; empty: nothing. */
  complaint(): string;
  close(): Promise<void>;
}

/**
 * Says what a monitor would have raised over a past, by each of the settings asked for. Writes nothing.
 *
 * @returns the exit code.
 */
export async function runBacktest(options: BacktestOptions): Promise<number> {
  const file =
    options.baseline === undefined && options.events === undefined
      ? loadMonitor(options.monitor)
      : monitorWithMapping(options.monitor);
  const settings = settingsOf(options, file.monitor);
  // First, as the engine has one folder a process.
  const store = options.events === undefined ? await openStore(options.store) : null;
  try {
    const known = options.known === undefined ? [] : await readKnownIncidents(options.known);
    const bar = new ProgressBar();
    const past = store === null ? await pastOfFile(options, file, bar) : await pastOfStore(options, file, store);
    const backtest = new Backtest(file.monitor, settings, known, past.knowledge);
    try {
      for await (const step of past.steps) backtest.take(step);
      backtest.finish();
    } finally {
      bar.clear();
      await past.close();
    }
    if (past.complaint() !== '') complain(past.complaint());
    return printResult(backtest, known, past.knowledge, options);
  } finally {
    await store?.close();
  }
}

function printResult(
  backtest: Backtest,
  known: readonly KnownIncident[],
  knowledge: PastKnowledge,
  { output, failOnDrift }: BacktestOptions,
): number {
  const { judged, scores } = backtest;
  if (output === 'table') print(...describeBacktest(judged, scores, known, knowledge));
  else for (const line of scoreLines(judged, scores, known)) printJson(line);
  const drifted = scores.some(({ incidents }) => incidents.some(({ sent }) => sent));
  if (drifted && failOnDrift) return ExitCode.drift;
  return judged.windows === 0 ? ExitCode.failure : ExitCode.ok;
}

/** The settings to compare: the monitor's own unless others are asked for. @throws UsageError with all that is wrong. */
function settingsOf({ events, since, until, falseAlarms }: BacktestOptions, monitor: Monitor): FalseAlarms[] {
  const faults: string[] = [];
  if ((events === undefined) === (since === undefined)) {
    faults.push('Say which past: --events <file>, or --since <time> for what the store holds');
  }
  if (until !== undefined && since === undefined) faults.push('--until goes with --since');
  const settings = falseAlarms.flatMap((text) => {
    const parsed = parseFalseAlarms(text);
    if (parsed === null) faults.push(`--false-alarms ${text}: is not of the form '1 per 30d'`);
    return parsed ?? [];
  });
  if (faults.length > 0) throw new UsageError(faults);
  return settings.length === 0 ? [monitor.decision.falseAlarms] : settings;
}

async function pastOfFile(options: BacktestOptions, file: MonitorFile, bar: ProgressBar): Promise<Past> {
  const { monitor, mapping } = file;
  const [path, baseline] = [options.events!, await baselineOf(options, file)];
  const events = await openMapped(path, options.format, { monitor, mapping: mapping! });
  const knowledge = new PastKnowledge(monitor, () => baseline);
  try {
    const past = new FilePast(events, basename(path), mapping!, knowledge);
    return {
      knowledge,
      steps: past.steps((rows) => bar.update(0, `${rows} rows`)),
      complaint: () => past.complaint,
      close: () => events.close(),
    };
  } catch (error) {
    await events.close();
    throw error;
  }
}

/** @throws UsageError where the store has no panes of the monitor's in that time. */
async function pastOfStore(options: BacktestOptions, file: MonitorFile, store: Store): Promise<Past> {
  const { monitor } = file;
  const selection = {
    from: momentOf('--since', options.since!),
    to: options.until === undefined ? Infinity : momentOf('--until', options.until),
    paneSize: monitor.pane,
  };
  const streams = await readStreams(store, { ...selection, ...namedBy(monitor) });
  if (streams.length === 0) {
    const time = new Date(selection.from).toISOString();
    throw new UsageError([
      `The store has no panes of ${formatDuration(monitor.pane)} of model ${monitor.model}, version ${monitor.version}, since ${time}`,
    ]);
  }
  const given = await baselineOf(options, file);
  const inForce = new Map<string, Baseline | null>();
  for (const stream of streams) inForce.set(streamId(stream), given ?? (await storedBaseline(store, monitor, stream)));
  return {
    knowledge: new PastKnowledge(monitor, (stream) => inForce.get(streamId(stream)) ?? null),
    steps: storedPast(store, streams, selection),
    complaint: () => '',
    close: () => Promise.resolve(),
  };
}

async function baselineOf(
  { baseline, format }: BacktestOptions,
  { monitor, mapping }: MonitorFile,
): Promise<Baseline | null> {
  return baseline === undefined ? null : readBaselineFile(baseline, format, { monitor, mapping: mapping! });
}

/** A monitor that learns its baseline from the stream's beginning does so again. */
async function storedBaseline(store: Store, monitor: Monitor, { model, version }: Stream): Promise<Baseline | null> {
  return monitor.baseline.from === 'first-windows' ? null : readBaseline(store, model, version);
}

function namedBy({ model, version }: Monitor): { readonly model?: string; readonly version?: string } {
  return { ...(model === '*' ? {} : { model }), ...(version === '*' ? {} : { version }) };
}
