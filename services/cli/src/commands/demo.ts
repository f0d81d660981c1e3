import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TidemarkClient } from '@tidemark/client';
import { LocalRegistry, RecordWriter, topicsOf } from '@tidemark/contracts';
import { aggregatesIn, startDetector } from '@tidemark/detector';
import { baselineKey, type Baseline, type DriftEvent } from '@tidemark/monitoring';
import { startSketcher } from '@tidemark/sketcher';
import { migrate, Store, writeBaseline } from '@tidemark/store';
import { MemoryLog } from '@tidemark/transport';
import { describeTime } from '../demo/clock.js';
import { prepareDemoFolder } from '../demo/demo-folder.js';
import { INJECTIONS, SCENARIO_DURATION } from '../demo/scenario.js';
import { Scoreboard } from '../demo/scoreboard.js';
import { MODEL, publishTraffic, TRAFFIC_DURATION } from '../demo/traffic.js';
import { writeTrainingData } from '../demo/training-data.js';
import { ExitCode } from '../exit-codes.js';
import { baselineOfFile } from '../files/file-baseline.js';
import { openMapped } from '../files/mapped-file.js';
import { monitorWithMapping } from '../monitor-files.js';
import { paint, print, ProgressBar, table } from '../terminal.js';
import { topicSettings } from '../topic-settings.js';

const MINUTE = 60_000;
const PARTITIONS = 4;
const MONITOR_FILE = fileURLToPath(new URL('../../../../../examples/monitors/loan-approval.yaml', import.meta.url));

/**
 * Runs the whole pipeline in this process on two hours of simulated traffic with known faults, and holds what it finds against them.
 *
 * @returns the exit code: 0 where every fault was found and nothing else.
 */
export async function runDemo(folder: string, seed: number): Promise<number> {
  const startedAt = Date.now();
  await prepareDemoFolder(folder);
  const store = await Store.open({ kind: 'embedded', path: folder, database: 'tidemark' });
  const log = new MemoryLog();
  try {
    await migrate(store);
    const topics = topicsOf();
    await log.ensureTopics(topicSettings(topics, PARTITIONS));
    const start = Math.floor((Date.now() - TRAFFIC_DURATION) / (5 * MINUTE)) * 5 * MINUTE;
    const registry = new LocalRegistry();
    const common = { log, registry, monitors: [monitorWithMapping(MONITOR_FILE).monitor], topics, now: Date.now };
    const scoreboard = new Scoreboard(start);
    const watermarks = new Map<number, number>();
    const bar = new ProgressBar();
    introduce(start);

    const baseline = await trainingBaseline(`${basename(folder)}-training.jsonl`, start, seed);
    await writeBaseline(store, baseline);
    const writer = await RecordWriter.open(registry, ['Baseline']);
    const producer = await log.producer();
    const value = writer.encode('Baseline', baseline);
    await producer.send([{ topic: topics.baselines, key: baselineKey(baseline), value }]);

    const detector = await startDetector({
      ...common,
      store: aggregatesIn(store),
      group: 'detector',
      flushInterval: 500,
      onFlush: (partition, { events }, { watermark }) => {
        watermarks.set(partition, watermark);
        for (const event of events) {
          scoreboard.take(event);
          bar.clear();
          announce(event, scoreboard);
        }
      },
    });
    const sketcher = await startSketcher({ ...common, group: 'sketcher', commitInterval: 100, idleTimeout: 30_000 });
    const client = await TidemarkClient.on(log, registry);
    let published = 0;
    const publishing = publishTraffic(client, start, seed, (elapsed, events) => {
      published = events;
      bar.update(elapsed / TRAFFIC_DURATION, `${describeTime(start + elapsed)}  ${events} events`);
      return Promise.resolve();
    });
    // The last window of the scenario has closed when every partition's time is past it by the allowed lateness.
    const seen = () =>
      watermarks.size === PARTITIONS && Math.min(...watermarks.values()) > start + SCENARIO_DURATION + MINUTE;
    const over = publishing.then(async () => {
      await client.close();
      while (!seen()) await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await Promise.race([over, sketcher.done, detector.done]);
    await sketcher.stop();
    await detector.stop();
    bar.clear();
    return conclude(scoreboard, published, Date.now() - startedAt, folder);
  } finally {
    await log.close();
    await store.close();
  }
}

/** The baseline of the simulated model: built, as any, from the file that it was trained on. */
async function trainingBaseline(source: string, end: number, seed: number): Promise<Baseline> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-demo-'));
  try {
    const path = join(folder, 'training.jsonl');
    await writeTrainingData(path, end, seed + 1);
    const settings = monitorWithMapping(MONITOR_FILE);
    const file = await openMapped(path, undefined, settings);
    return await baselineOfFile({
      ...{ file, source, ...settings },
      model: MODEL.model,
      version: '*',
      createdAt: end,
    }).finally(() => file.close());
  } finally {
    await rm(folder, { recursive: true });
  }
}

function introduce(start: number): void {
  print([paint('bold', 'Two hours of loan applications, simulated, with these faults:')]);
  const rows = INJECTIONS.map(({ atMinute, column, description }) => [
    describeTime(start + atMinute * MINUTE),
    column,
    description,
  ]);
  print(...table(['from', 'column', 'fault'], rows), '', [
    paint('bold', 'What the pipeline sees, as it sees it (event time):'),
  ]);
}

function announce(event: DriftEvent, scoreboard: Scoreboard): void {
  const colour = event.status === 'resolved' ? 'green' : event.severity === 'minor' ? 'gray' : 'yellow';
  const about = event.status === 'noted' ? 'baseline' : `${event.severity} ${event.status}`;
  const remark = scoreboard.remark(event);
  print([
    `${describeTime(event.windowEnd)}  `,
    paint(colour, about.padEnd(18)),
    ` ${event.summary}${remark === '' ? '' : ` (${remark})`}`,
  ]);
}

function conclude(scoreboard: Scoreboard, events: number, milliseconds: number, folder: string): number {
  const rows = scoreboard.scores.map(({ injection, injectedAt, found }) => [
    injection.column,
    describeTime(injectedAt),
    found === null ? 'not found' : describeTime(found.since),
    found === null ? '' : describeTime(found.windowEnd),
    found === null ? '' : found.severity,
    found === null ? '' : found.findings.map(({ metric }) => metric).join(', '),
  ]);
  const missed = scoreboard.scores.filter(({ found }) => found === null).length;
  const { unexplained } = scoreboard;
  const seconds = milliseconds / 1000;
  print('', [paint('bold', 'Injected, and found:')]);
  print(
    ...table(['column', 'injected', 'since', 'alarm at', 'severity', 'what moved'], rows),
    '',
    `Found ${rows.length - missed} of ${rows.length} injected drifts; other incidents: ${unexplained.length}.`,
    ...unexplained.map(({ summary }) => `  ${summary}`),
    `${events} events in ${seconds.toFixed(0)} s, set-up and all.`,
    '',
    'The aggregates are in an embedded ClickHouse. Ask it, for instance:',
    ...QUERIES.map((sql) => `  npm run -s tidemark -- query --store ${join(folder)} "${sql}"`),
  );
  return missed === 0 && unexplained.length === 0 ? ExitCode.ok : ExitCode.failure;
}

const QUERIES = [
  "SELECT window_start, psi_debiased, mean, severity FROM tidemark.windows WHERE column = 'debt_ratio' AND segment_dimension = '' AND window_size_ms = 1800000 ORDER BY window_start",
  "SELECT segment_value AS country, quantilesTDigestMerge(0.1, 0.5, 0.9)(digest) AS income FROM tidemark.pane_columns WHERE column = 'income' AND segment_dimension = 'country' GROUP BY country ORDER BY country",
  'SELECT since, column, severity, summary FROM tidemark.drift_events ORDER BY window_end',
];
