import { topicsOf, type ServiceSettings } from '@tidemark/contracts';
import { aggregatesIn, startDetector } from '@tidemark/detector';
import type { Monitor } from '@tidemark/monitoring';
import { startSketcher } from '@tidemark/sketcher';
import { checkVersion, Store } from '@tidemark/store';
import type { Log } from '@tidemark/transport';
import { openLog, openRegistry, settingsFromEnvironment } from '../connections.js';
import { logLine } from '../log-lines.js';
import { loadMonitors } from '../monitor-files.js';
import { topicSettings } from '../topic-settings.js';

/** Whatever can be started, stopped, and stop by itself. */
interface Running {
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/** Runs the sketcher until it is told to stop (SIGTERM, SIGINT). */
export function runSketcher(): Promise<void> {
  return runUntilTold('sketcher', async (settings, monitors) => {
    const log = await openLog(settings, 'tidemark-sketcher');
    return closing(log, async () => {
      const topics = await topicsOn(log, settings);
      return startSketcher({
        log,
        registry: openRegistry(settings),
        monitors,
        topics,
        group: `${settings.topicPrefix}tidemark-sketcher`,
        commitInterval: settings.commitInterval,
        idleTimeout: settings.idleTimeout,
        now: Date.now,
        onCommit: (partition, { records, deadLetters, partials }) => {
          if (deadLetters.length === 0) return;
          const [{ reason, detail }] = deadLetters;
          logLine('warn', 'dead letters', {
            partition,
            records,
            partials,
            deadLetters: deadLetters.length,
            reason,
            detail,
          });
        },
      });
    });
  });
}

/** Runs the detector until it is told to stop (SIGTERM, SIGINT). */
export function runDetector(): Promise<void> {
  return runUntilTold('detector', async (settings, monitors) => {
    const store = await Store.open({ kind: 'server', ...settings.clickHouse });
    return closing(store, async () => {
      await checkVersion(store);
      const log = await openLog(settings, 'tidemark-detector');
      return closing(log, async () =>
        startDetector({
          log,
          registry: openRegistry(settings),
          store: aggregatesIn(store),
          monitors,
          topics: await topicsOn(log, settings),
          group: `${settings.topicPrefix}tidemark-detector`,
          flushInterval: 5000,
          now: Date.now,
          onFlush: (_, { events }) => {
            for (const { id, status, severity, stream, column, summary } of events) {
              logLine('info', 'drift event', { id, status, severity, ...stream, column, summary });
            }
          },
          onUnreadable: ({ topic, partition, offset }, reason) =>
            logLine('error', 'unreadable record', { topic, partition, offset, reason }),
        }),
      );
    });
  });
}

/**
 * Starts a service, and again after a while whenever something passing stops it: a broker that restarts, a store that does not
 * answer. What cannot pass by itself ends the process.
 */
async function runUntilTold(
  name: string,
  start: (settings: ServiceSettings, monitors: readonly Monitor[]) => Promise<Running>,
): Promise<void> {
  const settings = settingsFromEnvironment();
  const monitors = settings.monitors === null ? [] : loadMonitors(settings.monitors).map(({ monitor }) => monitor);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  const told = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()));

  let wait = FIRST_WAIT;
  while (!stop.signal.aborted) {
    const startedAt = Date.now();
    try {
      const running = await start(settings, monitors);
      logLine('info', `${name} started`);
      await Promise.race([running.done, told.then(() => running.stop())]);
    } catch (error) {
      if (!isRetriable(error)) throw error;
      // One that ran well for a while begins with short waits again.
      if (Date.now() - startedAt > 60_000) wait = FIRST_WAIT;
      logLine('warn', `${name} stopped, starting again`, { error: String(error), waitMs: wait });
      await Promise.race([told, new Promise((resolve) => setTimeout(resolve, wait))]);
      wait = Math.min(LONGEST_WAIT, wait * 2);
    }
  }
  logLine('info', `${name} stopped`);
}

/** A fenced producer is passing too: another instance took the partition, and this one joins again. */
function isRetriable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { retriable, code } = error as Error & { retriable?: boolean; code?: string };
  return retriable === true || code === 'fenced';
}

/** Closes a connection once what was started on it has ended, or could not be started. */
async function closing(connection: { close(): Promise<void> }, start: () => Promise<Running>): Promise<Running> {
  try {
    const running = await start();
    const done = running.done.finally(() => connection.close());
    done.catch(() => undefined);
    return {
      done,
      stop: async () => {
        await running.stop();
        await done.catch(() => undefined);
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function topicsOn(log: Log, settings: ServiceSettings) {
  const topics = topicsOf(settings.topicPrefix);
  await log.ensureTopics(topicSettings(topics, settings.partitions));
  return topics;
}
