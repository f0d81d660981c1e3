import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TidemarkClient } from '@tidemark/client';
import { LocalRegistry, topicsOf } from '@tidemark/contracts';
import { aggregatesIn, startDetector } from '@tidemark/detector';
import type { DriftEvent } from '@tidemark/monitoring';
import { startSketcher } from '@tidemark/sketcher';
import { migrate, Store } from '@tidemark/store';
import { MemoryLog } from '@tidemark/transport';
import { describeTime } from '../demo/clock.js';
import { INJECTIONS } from '../demo/scenario.js';
import { Scoreboard } from '../demo/scoreboard.js';
import { publishTraffic, TRAFFIC_DURATION } from '../demo/traffic.js';
import { ExitCode } from '../exit-codes.js';
import { loadMonitors } from '../monitor-files.js';
import { paint, ProgressBar, table } from '../terminal.js';
import { topicSettings } from '../topic-settings.js';

const MINUTE = 60_000;
const MONITOR_FILE = fileURLToPath(new URL('../../../../../examples/monitors/loan-approval.yaml', import.meta.url));

/**
 * Runs the whole pipeline in this process on two hours of simulated traffic with known faults, and holds what it finds against them.
 *
 * @returns the exit code: 0 where every fault was found and nothing else.
 */
export async function runDemo(folder: string, seed: number): Promise<number> {
  const startedAt = Date.now();
  await rm(folder, { recursive: true, force: true });
  const store = await Store.open({ kind: 'embedded', path: folder, database: 'tidemark' });
  const log = new MemoryLog();
  try {
    await migrate(store);
    const topics = topicsOf();
    await log.ensureTopics(topicSettings(topics, 4));
    const start = Math.floor((Date.now() - TRAFFIC_DURATION) / (5 * MINUTE)) * 5 * MINUTE;
    const monitors = loadMonitors(MONITOR_FILE).map(({ monitor }) => monitor);
    const registry = new LocalRegistry();
    const common = { log, registry, monitors, topics, now: Date.now };
    const scoreboard = new Scoreboard(start);
    const bar = new ProgressBar();
    introduce(start);

    const detector = await startDetector({
      ...common,
      store: aggregatesIn(store),
      group: 'detector',
      flushInterval: 1000,
      onFlush: (_, { events }) => {
        for (const event of events) {
          scoreboard.take(event);
          bar.clear();
          announce(event, scoreboard);
        }
      },
    });
    const sketcher = await startSketcher({
      ...common,
      group: 'sketcher',
      commitInterval: 100,
      idleTimeout: 30_000,
    });
    const client = await TidemarkClient.on(log, registry);
    let published = 0;
    await Promise.race([
      publishTraffic(client, start, seed, (elapsed, events) => {
        published = events;
        bar.update(elapsed / TRAFFIC_DURATION, `${describeTime(start + elapsed)}  ${events} events`);
        return Promise.resolve();
      }),
      ...[sketcher.done, detector.done],
    ]);
    await client.close();
    await drained(log, topics.events, 'sketcher');
    await sketcher.stop();
    await quiet(log, topics.partials);
    await detector.stop();
    bar.clear();
    return conclude(scoreboard, published, Date.now() - startedAt, folder);
  } finally {
    await log.close();
    await store.close();
  }
}

function introduce(start: number): void {
  console.log(paint('bold', 'Two hours of loan applications, simulated, with these faults:'));
  const rows = INJECTIONS.map(({ atMinute, column, description }) => [
    describeTime(start + atMinute * MINUTE),
    column,
    description,
  ]);
  console.log(`${table(['from', 'column', 'fault'], rows)}\n`);
  console.log(paint('bold', 'What the pipeline sees, as it sees it (event time):'));
}

function announce(event: DriftEvent, scoreboard: Scoreboard): void {
  const colour = event.status === 'resolved' ? 'green' : event.severity === 'minor' ? 'gray' : 'yellow';
  const about = event.status === 'noted' ? 'baseline' : `${event.severity} ${event.status}`;
  const remark = scoreboard.remark(event);
  console.log(
    `${describeTime(event.windowEnd)}  ${paint(colour, about.padEnd(18))} ${event.summary}${remark === '' ? '' : ` (${remark})`}`,
  );
}

/** Until a group has consumed all of a topic. */
async function drained(log: MemoryLog, topic: string, group: string): Promise<void> {
  while (log.lag(topic, group) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Until the detector has had its turn with everything in the partials: its group's offset stays at the oldest open pane. */
async function quiet(log: MemoryLog, topic: string): Promise<void> {
  for (let lag = NaN; lag !== log.lag(topic, 'detector');) {
    lag = log.lag(topic, 'detector');
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
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
  console.log(`\n${paint('bold', 'Injected, and found:')}`);
  console.log(table(['column', 'injected', 'since', 'alarm at', 'severity', 'what moved'], rows));
  console.log(
    `\nFound ${rows.length - missed} of ${rows.length} injected drifts; other incidents: ${unexplained.length}.`,
  );
  for (const { summary } of unexplained) console.log(`  ${summary}`);
  console.log(`${events} events in ${seconds.toFixed(0)} s, set-up and all.\n`);
  console.log('The aggregates are in an embedded ClickHouse. Ask it, for instance:');
  for (const sql of QUERIES) console.log(`  npm run -s tidemark -- query --store ${join(folder)} "${sql}"`);
  return missed === 0 && unexplained.length === 0 ? ExitCode.ok : ExitCode.failure;
}

const QUERIES = [
  "SELECT window_start, psi_debiased, mean, severity FROM tidemark.windows WHERE column = 'debt_ratio' AND segment_dimension = '' AND window_size_ms = 1800000 ORDER BY window_start",
  "SELECT segment_value AS country, quantilesTDigestMerge(0.1, 0.5, 0.9)(digest) AS income FROM tidemark.pane_columns WHERE column = 'income' AND segment_dimension = 'country' GROUP BY country ORDER BY country",
  'SELECT since, column, severity, summary FROM tidemark.drift_events ORDER BY window_end',
];
