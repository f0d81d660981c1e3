import { MonitorBook, topicsOf, type ServiceSettings, type Topics } from '@tidemark/contracts';
import { aggregatesIn, startDetector, startRequestKeeper } from '@tidemark/detector';
import type { Monitor } from '@tidemark/monitoring';
import {
  GroupWatchedLog,
  OperationsServer,
  ServiceHealth,
  ServiceMetrics,
  WatchedLog,
  watchDependencies,
} from '@tidemark/operations';
import { outcomesIn, startOutcomes } from '@tidemark/outcomes';
import { startSketcher } from '@tidemark/sketcher';
import { checkVersion, writeLabelingRequests } from '@tidemark/store';
import { logClientLine, openLog, openRegistry, openServer, settingsFromEnvironment } from '../connections.js';
import { ExitCode } from '../exit-codes.js';
import { failureFields, logLine } from '../log-lines.js';
import { loadMonitors } from '../monitor-files.js';
import { closing, endingWith, together } from '../running.js';
import type { Service } from '@tidemark/runtime';
import {
  detectorReports,
  monitorReports,
  outcomesReports,
  readingReports,
  sketcherReports,
} from '../service-reports.js';
import { OutageLines } from '../outage-lines.js';
import { StandingChecks } from '../standing-checks.js';
import { stopSignals } from '../stop-signals.js';
import { supervise } from '../supervise.js';
import { ensureTopics } from '../topic-settings.js';
import { watchedStore } from '../watched-store.js';

/** What a service is started with, each time it is. */
interface Surroundings {
  readonly settings: ServiceSettings;
  readonly topics: Topics;
  readonly monitors: readonly Monitor[];
  readonly health: ServiceHealth;
  readonly metrics: ServiceMetrics;
  readonly checks: StandingChecks;
  readonly outages: OutageLines;
}

const SKETCHER_PORT = 9464;
const DETECTOR_PORT = 9465;
const OUTCOMES_PORT = 9466;

/** Runs the sketcher until it is told to stop (SIGTERM, SIGINT). */
export function runSketcher(): Promise<never> {
  return runUntilTold('sketcher', SKETCHER_PORT, async (surroundings) => {
    const { settings, topics, monitors, metrics, checks } = surroundings;
    const log = await watchedLogOf(surroundings, 'tidemark-sketcher');
    return closing(log, async () => {
      const registry = openRegistry(settings);
      await ensureTopics(log, topics, settings.partitions);
      const sketcher = await startSketcher({
        log,
        registry,
        monitors,
        topics,
        group: `${settings.topicPrefix}tidemark-sketcher`,
        commitInterval: settings.commitInterval,
        idleTimeout: settings.idleTimeout,
        now: Date.now,
        ...sketcherReports(metrics),
        ...monitorReports(metrics),
      });
      return endingWith(
        sketcher,
        checks.measuring(() => log.measureLag(topics.events)),
      );
    });
  });
}

/** Runs the detector until it is told to stop (SIGTERM, SIGINT). */
export function runDetector(): Promise<never> {
  return runUntilTold('detector', DETECTOR_PORT, async (surroundings) => {
    const { settings, topics, monitors, health, metrics, checks, outages } = surroundings;
    const store = await openServer(settings);
    return closing(store, async () => {
      await checkVersion(store);
      const log = await watchedLogOf(surroundings, 'tidemark-detector');
      return closing(log, async () => {
        const registry = openRegistry(settings);
        await ensureTopics(log, topics, settings.partitions);
        const detector = await startDetector({
          log,
          registry,
          store: watchedStore(aggregatesIn(store), health, metrics),
          monitors,
          topics,
          group: `${settings.topicPrefix}tidemark-detector`,
          flushInterval: 5000,
          now: Date.now,
          ...detectorReports(metrics, topics.partials, monitors),
        });
        const running = endingWith(
          detector,
          checks.measuring(() => log.measureLag(topics.partials)),
        );
        return together(running, async () => {
          // On a connection of its own: what is counted and measured is the detector's reading of partials.
          const requests = new GroupWatchedLog(
            await openLog(settings, 'tidemark-labeling', outages.takeClient),
            health,
          );
          const keep = (rows: Parameters<typeof writeLabelingRequests>[1]) =>
            metrics.write('labeling_requests', () => writeLabelingRequests(store, rows));
          const group = `${settings.topicPrefix}tidemark-labeling`;
          return closing(requests, () =>
            startRequestKeeper({
              ...{ log: requests, registry, topics, group, keep, now: Date.now },
              ...readingReports(metrics),
            }),
          );
        });
      });
    });
  });
}

/** Runs the prediction log and the join of ground truth until it is told to stop (SIGTERM, SIGINT). */
export function runOutcomes(): Promise<never> {
  return runUntilTold('outcomes', OUTCOMES_PORT, async (surroundings) => {
    const { settings, topics, monitors, metrics, checks } = surroundings;
    const store = await openServer(settings);
    return closing(store, async () => {
      await checkVersion(store);
      const log = await watchedLogOf(surroundings, 'tidemark-outcomes');
      return closing(log, async () => {
        const registry = openRegistry(settings);
        await ensureTopics(log, topics, settings.partitions);
        const outcomes = await startOutcomes({
          log,
          registry,
          store: outcomesIn(store),
          monitors,
          topics,
          group: `${settings.topicPrefix}tidemark-outcomes`,
          commitInterval: settings.commitInterval,
          revisitInterval: 10_000,
          now: Date.now,
          ...outcomesReports(metrics),
          ...monitorReports(metrics),
        });
        const measureLags = async (): Promise<void> => {
          await log.measureLag(topics.groundTruth);
          await log.measureLag(topics.events, (partition, records) => metrics.predictionLag(partition, records));
        };
        return endingWith(outcomes, checks.measuring(measureLags));
      });
    });
  });
}

/** Serves health and metrics for as long as the service runs, or tries to; ends the process with the service. */
async function runUntilTold(
  name: string,
  usualPort: number,
  start: (surroundings: Surroundings) => Promise<Service>,
): Promise<never> {
  const settings = settingsFromEnvironment();
  const monitors = settings.monitors === null ? [] : loadMonitors(settings.monitors).map(({ monitor }) => monitor);
  const surroundings = {
    settings,
    topics: topicsOf(settings.topicPrefix),
    monitors,
    health: new ServiceHealth(),
    metrics: new ServiceMetrics(),
    checks: new StandingChecks(settings, `tidemark-${name}-checks`, { needsClickHouse: name !== 'sketcher' }),
    outages: new OutageLines(logClientLine),
  };
  monitorReports(surroundings.metrics).onMonitors(new MonitorBook(monitors));
  // A connection to a broker that is away may stay open for a long time yet: it must not hold the process.
  try {
    const { host, port } = settings.http;
    if (port !== 'off') {
      const server = await OperationsServer.start({ host, port: port ?? usualPort, ...surroundings });
      logLine('info', 'health and metrics are served', { host: server.host, port: server.port });
    }
    const { checks, health, metrics, outages } = surroundings;
    watchDependencies(checks.byName, health, metrics, { onNotice: outages.takeDependency });
    process.exit(await supervise(() => start(surroundings), { name, told: stopSignals(), ...surroundings }));
  } catch (error) {
    logLine('error', `${name} failed`, failureFields(error));
    process.exit(ExitCode.failure);
  }
}

async function watchedLogOf(
  { settings, health, metrics, outages }: Surroundings,
  clientId: string,
): Promise<WatchedLog> {
  return new WatchedLog(await openLog(settings, clientId, outages.takeClient), health, metrics);
}
