import type { ServiceHealth, ServiceMetrics } from '@tidemark/operations';
import type { Service } from '@tidemark/runtime';
import { ExitCode } from './exit-codes.js';
import { failureFields, logLine } from './log-lines.js';

export interface Supervision {
  /** For the log. */
  readonly name: string;
  readonly health: ServiceHealth;
  readonly metrics: ServiceMetrics;
  /** Aborted when the service is told to stop. */
  readonly told: AbortSignal;
  /** Milliseconds that stopping may take, and between two starts at first and at most. */
  readonly grace?: number;
  readonly firstWait?: number;
  readonly longestWait?: number;
}

/** Within the ten seconds that a process has to end, with two to spare: on a busy machine one of them is gone by the time it has ended. */
const GRACE = 8000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
/** Milliseconds after which a service that ran counts as mended: the next wait is short again. */
const RAN_WELL = 60_000;

/**
 * Starts a service, and again after a while whenever something passing stops it: a broker that restarts, a store that does not
 * answer. Told to stop, it drains the service.
 *
 * @returns the exit code: `failure` where what had been read could not be written in time. It is then read again by the next
 * owner: nothing is lost either way.
 * @throws what cannot pass by itself.
 */
export async function supervise(start: () => Promise<Service>, supervision: Supervision): Promise<number> {
  const { name, health, metrics, told, firstWait = FIRST_WAIT, longestWait = LONGEST_WAIT } = supervision;
  let wait = firstWait;
  const toldCodes = new Set<unknown>();
  while (!told.aborted) {
    health.enter('starting');
    const startedAt = performance.now();
    const started = start();
    try {
      await unlessTold(
        told,
        started.then((running) => ran(running, supervision)),
      );
      if (told.aborted) return await letGo(started, supervision);
    } catch (error) {
      if (!isRetriable(error)) throw error;
      if (performance.now() - startedAt > RAN_WELL) wait = firstWait;
      // While a dependency is away every attempt ends alike: whoever watches the dependency tells of that.
      if (health.away.length === 0) toldCodes.clear();
      if (!toldCodes.has(codeOf(error))) {
        logLine('warn', `${name} stopped, starting again`, { ...failureFields(error), waitMs: wait });
      }
      toldCodes.add(codeOf(error));
      metrics.restarted();
      metrics.forgetAll();
      health.enter('waiting');
      await unlessTold(told, new Promise((resolve) => setTimeout(resolve, wait)));
      wait = Math.min(longestWait, wait * 2);
    }
  }
  logLine('info', `${name} stopped`);
  return ExitCode.ok;
}

function ran(running: Service, { name, health, told }: Supervision): Promise<void> {
  if (!told.aborted) {
    health.enter('running');
    logLine('info', `${name} started`);
  }
  return running.done;
}

/** Drains what was started, or is still starting, within the grace. */
async function letGo(started: Promise<Service>, { name, health, grace = GRACE }: Supervision): Promise<number> {
  health.enter('stopping');
  logLine('info', `${name} stopping`);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, grace, 'late')));
  const drained = started.then(async (running) => {
    await running.stop();
    await running.done;
  });
  try {
    if ((await Promise.race([drained, late])) !== 'late') {
      logLine('info', `${name} stopped`);
      return ExitCode.ok;
    }
    // Drained in time, and held up by a broker that does not take its leave.
    const held = health.partitions;
    logLine('warn', `${name} stopped before it had come to its end`, { graceMs: grace, undrained: held });
    return held.length === 0 ? ExitCode.ok : ExitCode.failure;
  } catch (error) {
    // Fenced: others have the partitions already, and read again what was not committed of them.
    const held = codeOf(error) === 'fenced' ? [] : health.partitions;
    logLine('warn', `${name} stopped by a failure while it let go`, { undrained: held, ...failureFields(error) });
    return held.length === 0 ? ExitCode.ok : ExitCode.failure;
  } finally {
    clearTimeout(timer);
  }
}

/** Until the action settles or the service is told to stop, whichever is first. */
async function unlessTold(told: AbortSignal, action: Promise<unknown>): Promise<void> {
  const ending = new AbortController();
  const abort = new Promise<void>((resolve) => {
    if (told.aborted) resolve();
    told.addEventListener('abort', () => resolve(), { signal: ending.signal });
  });
  // What fails after the signal is heard of by whoever drains it.
  action.catch(() => undefined);
  try {
    await Promise.race([action, abort]);
  } finally {
    ending.abort();
  }
}

/** A fenced producer is passing too: another instance took the partition, and this one joins again. */
function isRetriable(error: unknown): boolean {
  return codeOf(error) === 'fenced' || (error instanceof Error && 'retriable' in error && error.retriable === true);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
