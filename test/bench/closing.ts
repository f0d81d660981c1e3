import { defaultMonitor } from '@tidemark/contracts';
import {
  ALL_EVENTS,
  baselineOf,
  BaselineWindowsBuilder,
  countsOf,
  Detector,
  type Baseline,
  type Monitor,
  type Segment,
  type SketchPartial,
  type Stream,
} from '@tidemark/monitoring';
import { ColumnSketch, deriveCategoricalLayout, deriveNumericLayout } from '@tidemark/sketches';
import { Draws } from './detection/draws.js';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const EVENTS_A_WINDOW = 1500;
const MODELS = 16;

/** How large a model is. */
export interface Shape {
  readonly numeric: number;
  readonly categorical: number;
  readonly dimensions: number;
  /** Of each dimension. */
  readonly segments: number;
  /** Windows of a baseline, of five minutes each: it keeps 512 or more. */
  readonly baselineWindows: number;
}

const SHAPE: Shape = { numeric: 20, categorical: 5, dimensions: 1, segments: 5, baselineWindows: 512 };

/** What closing costs the first time, when nulls are fitted, and every time after it. */
export function benchClosing(print: (line: string) => void): Promise<void> {
  const monitor = closingMonitor();
  const made = closingBaseline(monitor, 'm0', 1);
  const baselines = new Map<string, Baseline>();
  for (let at = 0; at < MODELS; at++) baselines.set(`m${at}`, { ...made, id: `${made.id}-${at}`, model: `m${at}` });
  const knowledge = {
    monitorOf: () => monitor,
    baselineOf: ({ model }: Stream) => baselines.get(model) ?? null,
  };
  const first = new Detector(0, knowledge);
  const times = [closeOne(first, 0), closeOne(first, 1), closeOne(first, 2)];
  const [fitted, second, third] = times;
  const restarted = closeOne(new Detector(0, knowledge), 0);
  const usual = (second + third) / 2;
  print(
    `closing: ${MODELS} models of ${SHAPE.numeric + SHAPE.categorical} columns and ${SHAPE.segments} segments, baselines of ${SHAPE.baselineWindows} windows`,
  );
  print(
    `  the first window, with its nulls: ${milliseconds(fitted)}, ${(fitted / usual).toFixed(1)} times a later one`,
  );
  print(`  a later one: ${milliseconds(usual)}`);
  print(`  the first after a takeover within the process: ${(restarted / usual).toFixed(1)} times a later one`);
  return Promise.resolve();
}

/** Panes of a minute, windows of five. */
export function closingMonitor({ dimensions }: Shape = SHAPE): Monitor {
  return {
    ...defaultMonitor(),
    model: '*',
    segments: Array.from({ length: dimensions }, (_, at) => [dimension(at)]),
    windows: [{ size: 5 * MINUTE, slide: 5 * MINUTE, origin: 0 }],
  };
}

/** A baseline of windows drawn at random: bins, segments and windows as a published one has them. */
export function closingBaseline(monitor: Monitor, model: string, seed: number, shape: Shape = SHAPE): Baseline {
  const draws = new Draws(`closing ${seed}`);
  const uniform = (): number => draws.uniform();
  const columns = partialColumns(uniform, shape, 40 * EVENTS_A_WINDOW);
  const builder = new BaselineWindowsBuilder(monitor.windows[0], columns);
  const [window] = monitor.windows;
  for (let at = 0; at < shape.baselineWindows; at++) {
    const start = START - (shape.baselineWindows - at) * window.size;
    for (const segment of segmentsOf(shape)) {
      const events = eventsOf(segment, shape);
      const counted = columns.map((column) => countsOf(drawn(uniform, column, events), events));
      builder.add(segment, { start, events, columns: counted });
    }
  }
  const identity = { model, version: '*', createdAt: START, source: 'bench', periodStart: START, periodEnd: START };
  return baselineOf(identity, 40 * EVENTS_A_WINDOW, columns, builder.build(null, []));
}

/** The partials of one window of a model, a pane for each segment. */
export function windowOf(
  model: string,
  baseline: Baseline,
  at: number,
  seed: number,
  shape: Shape = SHAPE,
): SketchPartial[] {
  const draws = new Draws(`closing ${seed}`);
  const uniform = (): number => draws.uniform();
  // The window before closes before this pane does.
  const start = START + at * 5 * MINUTE + 3 * MINUTE;
  return segmentsOf(shape).map((segment) => {
    const events = eventsOf(segment, shape);
    return {
      pane: { stream: { model, version: '1', role: 'champion' }, segment, start, size: MINUTE },
      ...{ events, minEventTime: start, maxEventTime: start + MINUTE - 1, baselineId: baseline.id },
      columns: baseline.columns.map((column) => drawn(uniform, column, events)),
      ...{ joint: null, quality: null, vectors: [], overflow: [] },
    };
  });
}

function closeOne(detector: Detector, at: number): number {
  let offset = at * 1000;
  for (let model = 0; model < MODELS; model++) {
    for (const partial of windowOf(`m${model}`, model0(), at, 7 + at)) detector.takePartial(offset++, partial);
  }
  const started = performance.now();
  const watermark = closedAt(at);
  detector.takeWatermark(offset, { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 });
  detector.drain();
  return performance.now() - started;
}

let known: Baseline | null = null;
function model0(): Baseline {
  return (known ??= closingBaseline(closingMonitor(), 'm0', 1));
}

/** Event time by which a window has closed, milliseconds since the epoch. */
export function closedAt(at: number): number {
  return START + (at + 1) * 5 * MINUTE + 2 * MINUTE;
}

function dimension(at: number): string {
  return at === 0 ? 'country' : `dimension_${at}`;
}

function segmentsOf({ dimensions, segments }: Shape): Segment[] {
  const own = Array.from({ length: dimensions }, (_, of) =>
    Array.from({ length: segments }, (__, at) => ({ dimension: dimension(of), value: `c${at}` })),
  );
  return [ALL_EVENTS, ...own.flat()];
}

function eventsOf(segment: Segment, { segments }: Shape): number {
  return segment.dimension === '' ? EVENTS_A_WINDOW : Math.ceil(EVENTS_A_WINDOW / segments);
}

function partialColumns(uniform: () => number, { numeric, categorical }: Shape, events: number): ColumnSketch[] {
  const bare = [
    ...Array.from({ length: numeric }, (_, at) => ColumnSketch.empty(`numeric_${at}`, 'numeric', null)),
    ...Array.from({ length: categorical }, (_, at) => ColumnSketch.empty(`category_${at}`, 'categorical', null)),
  ].map((column) => drawn(uniform, column, events));
  return bare.map((sketch) => {
    const layout =
      sketch.digest === null ? deriveCategoricalLayout(sketch.categories!) : deriveNumericLayout(sketch.digest);
    const column = ColumnSketch.empty(sketch.name, sketch.kind, layout);
    column.merge(sketch);
    return column;
  });
}

function drawn(uniform: () => number, { name, kind, layout }: ColumnSketch, events: number): ColumnSketch {
  const sketch = ColumnSketch.empty(name, kind, layout);
  const values = new Float64Array(events);
  for (let i = 0; i < events; i++) values[i] = (uniform() + uniform() + uniform()) * 10;
  if (kind === 'numeric') sketch.addNumbers(values, events);
  else for (const value of values) sketch.addString(`value_${Math.floor((value / 10) ** 2)}`);
  return sketch;
}

function milliseconds(time: number): string {
  return `${Math.round(time)} ms`;
}
