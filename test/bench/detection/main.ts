import { availableParallelism } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { formatDuration } from '@tidemark/contracts';
import workerpool, { type Pool } from 'workerpool';
import { STREAMS, windowSize, type StreamPlan } from './catalogue.js';
import { scoreOf, type Outcome, type Score } from './score.js';
import { FALSE_ALARMS } from './trial.js';
import type { DetectionTasks } from './worker.js';

export interface DetectionOptions {
  /** How many seeds each stream is run with; 20 unless stated. */
  readonly seeds?: number;
  /** Names of streams, or with a `*` at the end beginnings of names; all unless stated. */
  readonly only?: readonly string[];
}

/**
 * Runs the detector over streams of known drift, side by side on all processors, and prints what it found, how soon, and how often it
 * cried wolf. What it prints does not depend on how many processors there are.
 *
 * @returns what was asked and not met, one sentence each; empty: all is well.
 * @throws RangeError where a name in `only` is that of no stream.
 */
export async function benchDetection(
  print: (line: string) => void,
  { seeds = 20, only = ['*'] }: DetectionOptions = {},
): Promise<string[]> {
  const chosen = STREAMS.filter((plan) => only.some((pattern) => isNamed(plan, pattern)));
  const unknown = only.filter((pattern) => !chosen.some((plan) => isNamed(plan, pattern)));
  if (unknown.length > 0)
    throw new RangeError(`no stream is named ${unknown.join(' or ')}; a * at the end takes all that begin so`);
  print(`${seeds} seeds; false alarms accepted: ${accepted(chosen)}`);
  print(LEGEND);
  print(lineOf(COLUMNS.map(([name]) => name)));
  const misses: string[] = [];
  const pool = workerpool.pool(fileURLToPath(new URL('./worker.js', import.meta.url)), {
    workerType: 'thread',
    maxWorkers: availableParallelism(),
  });
  try {
    // All are begun at once: the pool takes them in this order, and no processor waits for the last seed of a stream.
    const groups = groupsOf(chosen).map((group) => scoresOf(group, seeds, pool));
    for (const scores of groups) {
      for (const score of await scores) {
        print(rowOf(score));
        misses.push(...score.misses.map((miss) => `${score.plan.name}: ${miss}`));
      }
    }
  } finally {
    await pool.terminate(true);
  }
  print(misses.length === 0 ? 'every figure is met' : `missed:\n${misses.map((miss) => `  ${miss}`).join('\n')}`);
  return misses;
}

function isNamed({ name }: StreamPlan, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** The stated rate, of each size of windows. */
function accepted(plans: readonly StreamPlan[]): string {
  const sizes = [...new Set(plans.map(({ traffic }) => windowSize(traffic)))];
  return sizes
    .map((size) => {
      const windows = FALSE_ALARMS.per / size / FALSE_ALARMS.count;
      return `one in ${windows} windows of ${formatDuration(size)}, ${(1 / windows).toFixed(4)} a window`;
    })
    .join('; ');
}

/** Streams of equal traffic share a baseline, which is most of the work. */
function groupsOf(plans: readonly StreamPlan[]): StreamPlan[][] {
  const groups = new Map<string, StreamPlan[]>();
  for (const plan of plans) {
    const key = JSON.stringify(plan.traffic);
    groups.set(key, [...(groups.get(key) ?? []), plan]);
  }
  return [...groups.values()];
}

async function scoresOf(group: readonly StreamPlan[], seeds: number, pool: Pool): Promise<Score[]> {
  const names = group.map(({ name }) => name);
  const bySeed = await Promise.all(
    Array.from({ length: seeds }, async (_, i): Promise<Outcome[]> => {
      const args: Parameters<DetectionTasks['outcomesOf']> = [names, i + 1];
      return (await pool.exec('outcomesOf', args)) as Outcome[];
    }),
  );
  return group.map((plan, i) =>
    scoreOf(
      plan,
      bySeed.map((outcomes) => outcomes[i]),
    ),
  );
}

const COLUMNS = [
  ['stream', 27],
  ['false a seed', -13],
  ['a window', -8],
  ['sent', -6],
  ['alarmed', -7],
  ['delay', -11],
  ['found', -6],
  ['in time', -7],
  ['asked', 15],
] as const;

const LEGEND =
  'false: windows in which an incident about nothing opened, mean (least–most) a seed; sent: those notified, a window; ' +
  'alarmed: the share of windows with one open; delay: windows to the incident, median (10 %–90 %)';

function rowOf({ plan, windows, delays, misses, ...score }: Score): string {
  const seeds = windows / (plan.quiet + plan.changed);
  const drifts = plan.change !== null;
  const asked = plan.within === null ? '' : `within ${plan.within}`;
  const cells = [
    plan.name,
    `${(score.falseWindows / seeds).toFixed(2)} (${score.falseLeast}–${score.falseMost})`,
    (score.falseWindows / windows).toFixed(4),
    (score.falseNotified / windows).toFixed(4),
    percent(score.alarmed / windows),
    drifts ? `${at(delays, 0.5)} (${at(delays, 0.1)}–${at(delays, 0.9)})` : '',
    drifts ? percent(delays.filter((delay) => delay < Infinity).length / seeds) : '',
    drifts ? percent(score.foundInTime) : '',
    drifts ? asked : 'the stated rate',
  ];
  return `${lineOf(cells)}  ${misses.length === 0 ? '' : 'MISSED'}`.trimEnd();
}

function lineOf(cells: readonly string[]): string {
  return cells
    .map((cell, i) => (COLUMNS[i][1] < 0 ? cell.padStart(-COLUMNS[i][1]) : cell.padEnd(COLUMNS[i][1])))
    .join('  ');
}

function at(ascending: readonly number[], share: number): string {
  const value = ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))];
  return value === Infinity ? '∞' : String(value);
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { seeds: { type: 'string' }, only: { type: 'string' } } });
  try {
    const misses = await benchDetection(console.log, {
      ...(values.seeds === undefined ? {} : { seeds: Number(values.seeds) }),
      ...(values.only === undefined ? {} : { only: values.only.split(',') }),
    });
    process.exitCode = misses.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
