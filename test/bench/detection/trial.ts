import {
  ALL_EVENTS,
  baselineOf,
  BaselineWindowsBuilder,
  shortestWindow,
  windowCounts,
  Detector,
  foldJoint,
  jointPlanOf,
  JointWindowsBuilder,
  learnBaseline,
  PartitionSketcher,
  plannedColumn,
  Aggregate,
  type Baseline,
  type BaselineIdentity,
  type DriftEvent,
  type JointWindows,
  type Monitor,
  type SketchPartial,
} from '@tidemark/monitoring';
import type { ColumnSketch } from '@tidemark/sketches';
import type { StreamPlan, Traffic } from './catalogue.js';
import { START, STREAM, TrafficSource, WINDOW } from './traffic.js';

/** How many of the baseline's windows its bins are made of; all of them are then counted in those. */
const WINDOWS_FOR_BINS = 6;

/** An incident that opened, in which monitored window, and in which one it resolved; Infinity: in none. */
export interface Incident {
  readonly window: number;
  readonly event: DriftEvent;
  resolved: number;
}

/** One set of settings for every stream: what the product does unless told otherwise. */
export const MONITOR: Monitor = {
  model: STREAM.model,
  version: '*',
  pane: WINDOW,
  allowedLateness: 0,
  allowedSkew: WINDOW,
  windows: [{ size: WINDOW, slide: WINDOW, origin: 0 }],
  segments: [],
  columns: {},
  texts: [],
  otherColumns: true,
  limits: { segments: 200, columns: 500, keep: {} },
  joint: { columns: null, most: 32 },
  decision: {
    falseAlarms: { count: 1, per: 30 * 86_400_000 },
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

/** The traffic of one seed, from the first window of its baseline to the last that any stream of it may ask for. */
export function sourceOf(traffic: Traffic, seed: number, monitored: number): TrafficSource {
  return new TrafficSource(traffic, `${seed}/${JSON.stringify(traffic)}`, traffic.baselineWindows + monitored);
}

/** The baseline of a traffic's first windows, counted in bins that a part of them gave, as a published one is. */
export function baselineFor(traffic: Traffic, source: TrafficSource): Baseline {
  const identity: BaselineIdentity = {
    model: STREAM.model,
    version: '*',
    createdAt: START + traffic.baselineWindows * WINDOW,
    source: 'bench',
    periodStart: START,
    periodEnd: START + traffic.baselineWindows * WINDOW,
  };
  const forBins = learnBaseline(identity, sketchWindows(source, WINDOWS_FOR_BINS, null).whole, MONITOR, []);
  const { whole, windows } = sketchWindows(source, traffic.baselineWindows, forBins);
  const columns = [...whole.columns];
  const builder = new BaselineWindowsBuilder(shortestWindow(MONITOR), columns);
  windows.forEach((aggregate, window) => {
    builder.add(ALL_EVENTS, windowCounts(START + window * WINDOW, aggregate, columns));
  });
  return baselineOf(identity, whole.events, columns, builder.build(jointWindowsOf(source, traffic, columns)));
}

/** How the columns of the baseline's windows hang together, once all of them have been counted. */
function jointWindowsOf(
  source: TrafficSource,
  { baselineWindows }: Traffic,
  columns: readonly ColumnSketch[],
): JointWindows | null {
  const plan = jointPlanOf({ id: '', columns }, MONITOR);
  if (plan === null) return null;
  const byName = new Map(columns.map((column) => [column.name, column]));
  const builder = new JointWindowsBuilder(plan.names, (time) => time);
  for (let window = 0; window < baselineWindows; window++) {
    const batch = source.window(window, 'baseline', null, -1);
    const planned = [...batch.columns.values()].map((cells) => {
      const { kind, layout } = byName.get(cells.name)!;
      return plannedColumn(cells, { kind, layout, coerce: false }, batch.rows);
    });
    const rows = Int32Array.from({ length: batch.rows }, (_, row) => row);
    foldJoint(planned, rows, plan, builder.at(START + window * WINDOW));
  }
  return builder.build();
}

function sketchWindows(source: TrafficSource, count: number, bins: Baseline | null) {
  const sketcher = new PartitionSketcher({ monitorOf: () => MONITOR, baselineOf: () => bins });
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

/** Monitors one stream: every window through the sketcher and the detector, as between them in production. */
export function monitored(plan: StreamPlan, source: TrafficSource, baseline: Baseline): Incident[] {
  const knowledge = { monitorOf: () => MONITOR, baselineOf: () => baseline };
  const sketcher = new PartitionSketcher(knowledge);
  const detector = new Detector(0, knowledge);
  const incidents: Incident[] = [];
  let offset = 0;
  for (let window = 0; window < plan.quiet + plan.changed; window++) {
    const index = plan.traffic.baselineWindows + window;
    const part = window < plan.quiet ? 'monitored' : plan.name;
    sketcher.fold(source.window(index, part, plan.change, window - plan.quiet));
    const partials: readonly SketchPartial[] = sketcher.drain();
    for (const partial of partials) detector.takePartial(offset++, partial);
    const watermark = START + (index + 1) * WINDOW;
    detector.takeWatermark(offset++, { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 });
    for (const event of detector.drain().events) {
      if (event.status === 'opened') incidents.push({ window, event, resolved: Infinity });
      if (event.status !== 'resolved') continue;
      const open = incidents.find((incident) => incident.event.incidentId === event.incidentId);
      if (open !== undefined) open.resolved = window;
    }
  }
  return incidents;
}
