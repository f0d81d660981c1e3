import { EventBatches, type FileMapping } from '@tidemark/contracts';
import {
  ALL_EVENTS,
  baselineOf,
  BaselineWindowsBuilder,
  countsOf,
  deriveTextColumns,
  deriveEmbeddingColumns,
  foldColumn,
  foldDependence,
  foldEmbeddings,
  dependencePlanOf,
  layoutFor,
  plannedColumn,
  DependenceWindowsBuilder,
  segmentId,
  shortestWindow,
  textColumnsOf,
  EmbeddingWindowsBuilder,
  watchedEmbeddings,
  type Baseline,
  type ColumnPlan,
  type EventBatch,
  type DependenceWindows,
  type Monitor,
  type PlannedColumn,
  type Segment,
  type EmbeddingWindows,
} from '@tidemark/monitoring';
import { ColumnSketch } from '@tidemark/sketches';
import type { DataFile } from '@tidemark/store';
import { plansOf } from './file-plans.js';
import { FileQuality } from './file-quality.js';
import { RowEvents } from './row-events.js';

export interface FileBaselineOptions {
  readonly file: DataFile;
  /** What the file is called in the baseline. */
  readonly source: string;
  readonly monitor: Monitor;
  readonly mapping: FileMapping;
  readonly model: string;
  /** `*` for every version without a baseline of its own. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly onRows?: (rows: number) => void;
}

/**
 * Makes a baseline of a file in two passes: exact quantiles, ranges and frequent values give the bins, then every row is counted in
 * them by the same sketches that count events.
 */
export async function baselineOfFile(options: FileBaselineOptions): Promise<Baseline> {
  const { file, source, monitor, mapping, model, version, createdAt } = options;
  const names = file.columns.map(({ name }) => name);
  // First, as it names every column that the file lacks.
  const rowEvents = new RowEvents(mapping, names, source, true);
  const plans = new Map(
    [...(await plansOf(options)), ...(await derivedPlans(options, rowEvents))].sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const sketches = new Map<string, ColumnSketch>();
  for (const [name, plan] of plans) sketches.set(name, ColumnSketch.empty(name, plan.kind, plan.layout));
  const timed = names.includes(mapping.eventTime);
  const builder = new BaselineWindowsBuilder(timed ? shortestWindow(monitor) : null, [...sketches.values()]);

  const slices = (events: EventBatch, row: number) => segmentsOf(events, row, monitor);
  const quality = monitor.quality === null ? null : new FileQuality(source, monitor.quality, timed, slices);
  let rows = 0;
  let first = Infinity;
  let last = -Infinity;
  for await (const events of batchesOf(file, rowEvents, monitor)) {
    quality?.add(events);
    const all = Int32Array.from({ length: events.rows }, (_, row) => row);
    const planned = plannedColumns(events, plans);
    for (const column of planned) foldColumn(column, all, sketches.get(column.cells.name)!);
    for (const row of all) {
      first = Math.min(first, events.eventTimes[row]);
      last = Math.max(last, events.eventTimes[row]);
    }
    countWindows(events, monitor, plans, planned, builder);
    rows += events.rows;
    options.onRows?.(rows);
  }
  const known = timed && rows > 0;
  return baselineOf(
    { model, version, createdAt, source, periodStart: known ? first : null, periodEnd: known ? last : null },
    rows,
    [...sketches.values()],
    rows > 0
      ? builder.build(...(await dependenceAndEmbeddings(options, rowEvents, plans, [...sketches.values()], builder)))
      : null,
    quality?.build() ?? null,
  );
}

/**
 * The correlations of columns and the distribution of embeddings, window by window: a pass of its own over the file, as a value's
 * score follows from how many values lie in each bin. Nothing is known of either where the file has no times.
 */
async function dependenceAndEmbeddings(
  { file, monitor }: FileBaselineOptions,
  rowEvents: RowEvents,
  plans: ReadonlyMap<string, ColumnPlan>,
  columns: readonly ColumnSketch[],
  windows: BaselineWindowsBuilder,
): Promise<[DependenceWindows | null, EmbeddingWindows[]]> {
  const plan = dependencePlanOf({ id: '', columns }, monitor);
  if (!windows.timed) return [null, []];
  const { size } = shortestWindow(monitor);
  const joint = plan === null ? null : new DependenceWindowsBuilder(plan.names, (time) => windows.windowOf(time), size);
  const vectors = new EmbeddingWindowsBuilder(size);
  for await (const events of batchesOf(file, rowEvents, monitor)) {
    const planned = plannedColumns(events, plans);
    const byWindow = new Map<number, number[]>();
    for (let row = 0; row < events.rows; row++) {
      const start = windows.windowOf(events.eventTimes[row]);
      const rows = byWindow.get(start);
      if (rows === undefined) byWindow.set(start, [row]);
      else rows.push(row);
    }
    for (const [start, members] of byWindow) {
      const rows = Int32Array.from(members);
      if (plan !== null && joint !== null) foldDependence(planned, rows, plan, joint.at(start));
      foldEmbeddings(watchedEmbeddings(events, monitor), rows, vectors.at(start));
    }
  }
  return [joint?.build() ?? null, vectors.build()];
}

/** The file's rows as batches of events, with the columns that are derived from others. A batch is used again for the next. */
async function* batchesOf(file: DataFile, rowEvents: RowEvents, monitor: Monitor): AsyncGenerator<EventBatch> {
  const batches = new EventBatches();
  for await (const batch of file.rows()) {
    rowEvents.add(batch, batches);
    for (const events of batches) {
      deriveTextColumns(events, monitor.texts);
      deriveEmbeddingColumns(events);
      yield events;
    }
    batches.clear();
  }
}

/** The columns that a batch has of those that are planned. */
function plannedColumns(events: EventBatch, plans: ReadonlyMap<string, ColumnPlan>): PlannedColumn[] {
  return [...plans].flatMap(([name, plan]) => {
    const cells = events.columns.get(name);
    return cells === undefined ? [] : [plannedColumn(cells, plan, events.rows)];
  });
}

/** Adds a batch's rows, by segment, to the windows that they lie in. */
function countWindows(
  events: EventBatch,
  monitor: Monitor,
  plans: ReadonlyMap<string, ColumnPlan>,
  planned: readonly PlannedColumn[],
  builder: BaselineWindowsBuilder,
): void {
  const byWindow = new Map<string, { segment: Segment; start: number; rows: number[] }>();
  for (let row = 0; row < events.rows; row++) {
    const start = builder.windowOf(events.eventTimes[row]);
    for (const segment of segmentsOf(events, row, monitor)) {
      const key = `${segmentId(segment)}\u0001${start}`;
      const group = byWindow.get(key);
      if (group === undefined) byWindow.set(key, { segment, start, rows: [row] });
      else group.rows.push(row);
    }
  }
  const byName = new Map(planned.map((column) => [column.cells.name, column]));
  for (const { segment, start, rows } of byWindow.values()) {
    const members = Int32Array.from(rows);
    const columns = [...plans].map(([name, plan]) => {
      const sketch = ColumnSketch.empty(name, plan.kind, plan.layout);
      const column = byName.get(name);
      if (column !== undefined) foldColumn(column, members, sketch);
      return countsOf(sketch, members.length);
    });
    builder.add(segment, { start, events: members.length, columns });
  }
}

/** The segments that a row is in: all events, and its value of each slice of the monitor that it has all dimensions of. */
function segmentsOf(events: EventBatch, row: number, monitor: Monitor): Segment[] {
  const slices = monitor.segments.flatMap((dimensions): Segment[] => {
    const values = dimensions.map((dimension) => events.segments.get(dimension)?.string(row));
    return values.includes(undefined) ? [] : [{ dimension: dimensions.join('|'), value: values.join('|') }];
  });
  return [ALL_EVENTS, ...slices];
}

/**
 * How the columns are read that are derived from others: those that measure texts, and the lengths of vectors. They are in no
 * file: a pass of its own makes them, and the bins come from digests, as those of first windows do.
 */
async function derivedPlans(
  { file, monitor, mapping }: FileBaselineOptions,
  rowEvents: RowEvents,
): Promise<Map<string, ColumnPlan>> {
  const names = [
    ...monitor.texts.flatMap(textColumnsOf),
    ...Object.keys(mapping.embeddings).map((name) => `${name}.norm`),
  ].filter((name) => monitor.columns[name]?.ignore !== true);
  const plans = new Map<string, ColumnPlan>();
  if (names.length === 0) return plans;
  const sketches = names.map((name) => {
    const kind = monitor.columns[name]?.kind ?? (name.endsWith('.token') ? 'categorical' : 'numeric');
    return ColumnSketch.empty(name, kind, null);
  });
  for await (const events of batchesOf(file, rowEvents, monitor)) {
    const all = Int32Array.from({ length: events.rows }, (_, row) => row);
    for (const sketch of sketches) {
      const cells = events.columns.get(sketch.name);
      if (cells === undefined) continue;
      foldColumn(plannedColumn(cells, { kind: sketch.kind, layout: null, coerce: false }, events.rows), all, sketch);
    }
  }
  for (const sketch of sketches) {
    const layout = layoutFor(sketch, monitor.columns[sketch.name]?.bins);
    if (layout !== null) plans.set(sketch.name, { kind: sketch.kind, layout, coerce: false });
  }
  return plans;
}
