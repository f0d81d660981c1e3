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
const [NUMERIC, CATEGORICAL, SEGMENTS] = [20, 5, 5];
/** Of five minutes each, as many as a baseline keeps. */
const BASELINE_WINDOWS = 512;
const EVENTS_A_WINDOW = 1500;
const MODELS = 16;

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
    `closing: ${MODELS} models of ${NUMERIC + CATEGORICAL} columns and ${SEGMENTS} segments, baselines of ${BASELINE_WINDOWS} windows`,
  );
  print(
    `  the first window, with its nulls: ${milliseconds(fitted)}, ${(fitted / usual).toFixed(1)} times a later one`,
  );
  print(`  a later one: ${milliseconds(usual)}`);
  print(`  the first after a takeover within the process: ${(restarted / usual).toFixed(1)} times a later one`);
  return Promise.resolve();
}

/** Panes of a minute, windows of five, five segments. */
export function closingMonitor(): Monitor {
  return {
    ...defaultMonitor(),
    model: '*',
    segments: [['country']],
    windows: [{ size: 5 * MINUTE, slide: 5 * MINUTE, origin: 0 }],
  };
}

/** A baseline of windows drawn at random: bins, segments and windows as a published one has them. */
export function closingBaseline(monitor: Monitor, model: string, seed: number): Baseline {
  const draws = new Draws(`closing ${seed}`);
  const uniform = (): number => draws.uniform();
  const columns = partialColumns(uniform, null, 40 * EVENTS_A_WINDOW);
  const builder = new BaselineWindowsBuilder(monitor.windows[0], columns);
  const [window] = monitor.windows;
  for (let at = 0; at < BASELINE_WINDOWS; at++) {
    const start = START - (BASELINE_WINDOWS - at) * window.size;
    for (const segment of segmentsOf()) {
      const events = segment.dimension === '' ? EVENTS_A_WINDOW : EVENTS_A_WINDOW / SEGMENTS;
      const counted = columns.map((column) => countsOf(drawn(uniform, column, events), events));
      builder.add(segment, { start, events, columns: counted });
    }
  }
  const identity = { model, version: '*', createdAt: START, source: 'bench', periodStart: START, periodEnd: START };
  return baselineOf(identity, 40 * EVENTS_A_WINDOW, columns, builder.build(null, []));
}

/** The partials of one window of a model, a pane for each segment. */
export function windowOf(model: string, baseline: Baseline, at: number, seed: number): SketchPartial[] {
  const draws = new Draws(`closing ${seed}`);
  const uniform = (): number => draws.uniform();
  const start = START + at * 5 * MINUTE;
  return segmentsOf().map((segment) => {
    const events = segment.dimension === '' ? EVENTS_A_WINDOW : EVENTS_A_WINDOW / SEGMENTS;
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
  const watermark = START + (at + 1) * 5 * MINUTE + 2 * MINUTE;
  detector.takeWatermark(offset, { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 });
  detector.drain();
  return performance.now() - started;
}

let known: Baseline | null = null;
function model0(): Baseline {
  return (known ??= closingBaseline(closingMonitor(), 'm0', 1));
}

function segmentsOf(): Segment[] {
  const own = Array.from({ length: SEGMENTS }, (_, at) => ({ dimension: 'country', value: `c${at}` }));
  return [ALL_EVENTS, ...own];
}

function partialColumns(uniform: () => number, layouts: null, events: number): ColumnSketch[] {
  const bare = [
    ...Array.from({ length: NUMERIC }, (_, at) => ColumnSketch.empty(`numeric_${at}`, 'numeric', layouts)),
    ...Array.from({ length: CATEGORICAL }, (_, at) => ColumnSketch.empty(`category_${at}`, 'categorical', layouts)),
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
