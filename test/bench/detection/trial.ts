import {
  ALL_EVENTS,
  baselineOf,
  BaselineWindowsBuilder,
  shortestWindow,
  windowCounts,
  deriveTextColumns,
  deriveEmbeddingColumns,
  foldDependence,
  dependencePlanOf,
  DependenceWindowsBuilder,
  learnBaseline,
  PartitionSketcher,
  PastDetector,
  plannedColumn,
  Aggregate,
  EmbeddingWindowsBuilder,
  type Baseline,
  type BaselineIdentity,
  type BaselineSettings,
  type DriftEvent,
  type DependenceWindows,
  type Monitor,
} from '@tidemark/monitoring';
import type { ColumnSketch } from '@tidemark/sketches';
import { TEXT_COLUMN, windowsBefore, windowSize, type StreamPlan, type Traffic } from './catalogue.js';
import { START, STREAM, TrafficSource } from './traffic.js';

/** How many of the baseline's windows its bins are made of; all of them are then counted in those. */
const WINDOWS_FOR_BINS = 6;

/** An incident that opened, in which monitored window, and in which one it resolved; Infinity: in none. */
export interface Incident {
  readonly window: number;
  readonly event: DriftEvent;
  resolved: number;
}

/** One a month for the whole model: what a user of the default settings accepts. */
export const FALSE_ALARMS = { count: 1, per: 30 * 86_400_000 };

/** One set of settings for every stream, whatever its windows' size: what the product does unless told otherwise. */
const MONITOR: Omit<Monitor, 'pane' | 'allowedSkew' | 'windows' | 'texts'> = {
  model: STREAM.model,
  version: '*',
  allowedLateness: 0,
  segments: [],
  columns: {},
  otherColumns: true,
  limits: { segments: 200, columns: 500, keep: {} },
  joint: { columns: null, most: 32 },
  decision: {
    falseAlarms: FALSE_ALARMS,
    psi: { minor: 0.01, moderate: 0.1, major: 0.25 },
    rate: { minor: 0.005, moderate: 0.02, major: 0.1 },
    correlation: { minor: 0.1, moderate: 0.2, major: 0.4 },
    season: 'auto',
    resolveAfter: 3,
    minimumEvents: 200,
    notifyFrom: 'moderate',
  },
  baseline: { from: 'published' },
  mutes: [],
  quality: null,
  labeling: null,
  predictionLog: null,
};

const monitors = new Map<Traffic, Monitor>();

function monitorOf(traffic: Traffic): Monitor {
  let monitor = monitors.get(traffic);
  if (monitor === undefined) {
    const size = windowSize(traffic);
    const texts = traffic.holds === 'text' ? [TEXT_COLUMN] : [];
    const windows = [{ size, slide: size, origin: 0 }];
    monitor = { ...MONITOR, pane: size, allowedSkew: size, windows, texts, baseline: baselineSettings(traffic) };
    monitors.set(traffic, monitor);
  }
  return monitor;
}

/** As a monitor's file has them that says no more than where its baseline comes from, and how long it is. */
function baselineSettings(traffic: Traffic): BaselineSettings {
  const { baselineFrom, baselineWindows } = traffic;
  if (baselineFrom === undefined) return { from: 'published' };
  if (baselineFrom === 'first windows') return { from: 'first-windows', windows: baselineWindows, events: 2000 };
  const size = windowSize(traffic);
  const [length, lag] = [baselineWindows * size, 16 * size];
  return { from: 'rolling', length, lag, every: 86_400_000, adoptAfter: length + lag };
}

/** The traffic of one seed, from the first window of its baseline to the last that any stream of it may ask for. */
export function sourceOf(traffic: Traffic, seed: number, monitored: number): TrafficSource {
  return new TrafficSource(traffic, `${seed}/${JSON.stringify(traffic)}`, windowsBefore(traffic) + monitored);
}

/**
 * The baseline of a traffic's first windows, counted in bins that a part of them gave, as a published one is.
 *
 * @returns null where none is published.
 */
export function baselineFor(traffic: Traffic, source: TrafficSource): Baseline | null {
  if (traffic.baselineFrom !== undefined) return null;
  const monitor = monitorOf(traffic);
  const { size } = monitor.windows[0];
  const identity: BaselineIdentity = {
    model: STREAM.model,
    version: '*',
    createdAt: START + traffic.baselineWindows * size,
    source: 'bench',
    periodStart: START,
    periodEnd: START + traffic.baselineWindows * size,
  };
  const forBins = learnBaseline(identity, sketchWindows(source, monitor, WINDOWS_FOR_BINS, null).whole, monitor, []);
  const { whole, windows } = sketchWindows(source, monitor, traffic.baselineWindows, forBins);
  const columns = [...whole.columns];
  const builder = new BaselineWindowsBuilder(shortestWindow(monitor), columns);
  const vectors = new EmbeddingWindowsBuilder(size);
  windows.forEach((aggregate, window) => {
    const start = START + window * size;
    builder.add(ALL_EVENTS, windowCounts(start, aggregate, columns));
    for (const sketch of aggregate.vectors) vectors.at(start).set(sketch.name, sketch);
  });
  const joint = dependenceWindowsOf(source, traffic, columns);
  return baselineOf(identity, whole.events, columns, builder.build(joint, vectors.build()));
}

/** The correlations of the columns of the baseline's windows, once all of them have been counted. */
function dependenceWindowsOf(
  source: TrafficSource,
  traffic: Traffic,
  columns: readonly ColumnSketch[],
): DependenceWindows | null {
  const monitor = monitorOf(traffic);
  const plan = dependencePlanOf({ id: '', columns }, monitor);
  if (plan === null) return null;
  const byName = new Map(columns.map((column) => [column.name, column]));
  const builder = new DependenceWindowsBuilder(plan.names, (time) => time, windowSize(traffic));
  for (let window = 0; window < traffic.baselineWindows; window++) {
    const batch = source.window(window, 'baseline', null, -1);
    deriveTextColumns(batch, monitor.texts);
    deriveEmbeddingColumns(batch);
    const planned = [...batch.columns.values()].flatMap((cells) => {
      const column = byName.get(cells.name);
      if (column === undefined) return [];
      return [plannedColumn(cells, { kind: column.kind, layout: column.layout, coerce: false }, batch.rows)];
    });
    const rows = Int32Array.from({ length: batch.rows }, (_, row) => row);
    foldDependence(planned, rows, plan, builder.at(START + window * windowSize(traffic)));
  }
  return builder.build();
}

function sketchWindows(source: TrafficSource, monitor: Monitor, count: number, bins: Baseline | null) {
  const sketcher = new PartitionSketcher({ monitorOf: () => monitor, baselineOf: () => bins });
  const whole = new Aggregate();
  const windows: Aggregate[] = [];
  for (let window = 0; window < count; window++) {
    sketcher.fold(source.window(window, 'baseline', null, -1));
    const aggregate = new Aggregate();
    for (const partial of sketcher.drain()) aggregate.merge(partial);
    whole.merge(aggregate);
    windows.push(aggregate);
  }
  return { whole, windows };
}

/**
 * Monitors one stream: every window through the sketcher and the detector, as between them in production.
 *
 * @param published null where the stream's own beginning becomes its baseline.
 */
export function monitored(plan: StreamPlan, source: TrafficSource, published: Baseline | null): Incident[] {
  const monitor = monitorOf(plan.traffic);
  let baseline = published;
  const knowledge = { monitorOf: () => monitor, baselineOf: () => baseline };
  const sketcher = new PartitionSketcher(knowledge);
  const detector = new PastDetector(knowledge);
  const incidents: Incident[] = [];
  const before = windowsBefore(plan.traffic);
  for (let window = published === null ? -before : 0; window < plan.quiet + plan.changed; window++) {
    const index = before + window;
    const part = window < 0 ? 'baseline' : window < plan.quiet ? 'monitored' : plan.name;
    sketcher.fold(source.window(index, part, plan.change, window - plan.quiet));
    const watermark = START + (index + 1) * windowSize(plan.traffic);
    const { events, baselines } = detector.take(sketcher.drain(), watermark);
    baseline = baselines.at(-1) ?? baseline;
    for (const event of events) {
      if (event.status === 'opened' && window >= 0) incidents.push({ window, event, resolved: Infinity });
      if (event.status !== 'resolved') continue;
      const open = incidents.find((incident) => incident.event.incidentId === event.incidentId);
      if (open !== undefined) open.resolved = window;
    }
  }
  return incidents;
}
