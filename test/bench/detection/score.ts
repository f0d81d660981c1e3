import { poissonPmf } from '@tidemark/statistics';
import { changedColumns, windowSize, type StreamPlan, type Traffic } from './catalogue.js';
import { FALSE_ALARMS, type Incident } from './trial.js';

/** A stated rate counts as exceeded when so many alarms would come by chance less often than this. */
const LEAST_PROBABILITY = 0.01;
/** The share of seeds in which a change must be found in time. */
const LEAST_SHARE = 0.95;

/** What one stream of one seed showed. */
export interface Outcome {
  /** Windows in which an incident opened that was about nothing. */
  readonly falseWindows: number;
  /** Of these, windows in which one was sent out. */
  readonly falseNotified: number;
  /** Windows in which an incident about nothing was open: an alarm that never ends opens but once. */
  readonly alarmed: number;
  /** Windows from the change to the incident about it, the first changed window being 1; null: it never opened. */
  readonly delay: number | null;
}

/** What a stream showed over all seeds. */
export interface Score {
  readonly plan: StreamPlan;
  readonly windows: number;
  /** False-alarm windows over all seeds, and in the best and the worst of them. */
  readonly falseWindows: number;
  readonly falseLeast: number;
  readonly falseMost: number;
  readonly falseNotified: number;
  readonly alarmed: number;
  /** Delays in ascending order, Infinity where the change was never found. */
  readonly delays: readonly number[];
  readonly foundInTime: number;
  /** What the stream asks for and does not get. */
  readonly misses: readonly string[];
}

export function outcomeOf(plan: StreamPlan, incidents: readonly Incident[]): Outcome {
  const touched = new Set(changedColumns(plan.change));
  const columnsOf = ({ event }: Incident): readonly string[] =>
    event.signal === 'joint-drift' ? event.correlations.flatMap(({ columns }) => columns) : [event.column];
  // A broken correlation of two columns may bring others that go with them; that of none is about nothing.
  const about = (incident: Incident): boolean =>
    incident.window >= plan.quiet && columnsOf(incident).some((column) => touched.has(column));
  const wrong = incidents.filter((incident) => !about(incident));
  const right = incidents.find(about);
  return {
    falseWindows: new Set(wrong.map(({ window }) => window)).size,
    falseNotified: new Set(wrong.filter(({ event }) => event.notify).map(({ window }) => window)).size,
    alarmed: windowsIn(wrong, plan.quiet + plan.changed),
    delay: right === undefined ? null : right.window - plan.quiet + 1,
  };
}

export function scoreOf(plan: StreamPlan, outcomes: readonly Outcome[]): Score {
  const falses = outcomes.map(({ falseWindows }) => falseWindows);
  const score = {
    plan,
    windows: outcomes.length * (plan.quiet + plan.changed),
    falseWindows: sum(falses),
    falseLeast: Math.min(...falses),
    falseMost: Math.max(...falses),
    falseNotified: sum(outcomes.map(({ falseNotified }) => falseNotified)),
    alarmed: sum(outcomes.map(({ alarmed }) => alarmed)),
    delays: plan.change === null ? [] : outcomes.map(({ delay }) => delay ?? Infinity).sort((a, b) => a - b),
    foundInTime:
      outcomes.filter(({ delay }) => delay !== null && delay <= (plan.within ?? plan.changed)).length / outcomes.length,
  };
  return { ...score, misses: missesOf(score) };
}

/** The false alarms a window that the monitor's settings accept. */
function statedPerWindow(traffic: Traffic): number {
  return (FALSE_ALARMS.count * windowSize(traffic)) / FALSE_ALARMS.per;
}

function windowsIn(incidents: readonly Incident[], windows: number): number {
  let count = 0;
  for (let window = 0; window < windows; window++) {
    if (incidents.some((incident) => incident.window <= window && window < incident.resolved)) count++;
  }
  return count;
}

function missesOf({ plan, windows, falseWindows, foundInTime }: Omit<Score, 'misses'>): string[] {
  const misses: string[] = [];
  const expected = windows * statedPerWindow(plan.traffic);
  if (plan.change === null && poissonTail(falseWindows, expected) < LEAST_PROBABILITY) {
    misses.push(`${falseWindows} false-alarm windows where the stated rate allows ${expected.toFixed(1)}`);
  }
  if (plan.within !== null && foundInTime < LEAST_SHARE) {
    misses.push(`found within ${plan.within} windows in ${(100 * foundInTime).toFixed(0)} % of the seeds`);
  }
  return misses;
}

/** The probability of at least so many events of a Poisson variable. */
function poissonTail(count: number, mean: number): number {
  let below = 0;
  for (let k = 0; k < count; k++) below += poissonPmf(k, mean);
  return Math.max(0, 1 - below);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
