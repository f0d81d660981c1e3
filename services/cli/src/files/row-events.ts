import {
  EARLIEST_TIME,
  LATEST_TIME,
  type EventBatches,
  type ColumnOrConstant,
  type FileMapping,
} from '@tidemark/contracts';
import {
  MODEL_ROLES,
  PREDICTION_COLUMNS,
  PREDICTION_PREFIX,
  type CellVector,
  type EventBatch,
  type ModelRole,
  type Stream,
} from '@tidemark/monitoring';
import { MOST_DIMENSIONS } from '@tidemark/sketches';
import type { FileBatch, FileCell } from '@tidemark/store';
import { UsageError } from '../exit-codes.js';

/** The column of a batch that holds ground truth, where rows have it beside them. No feature may be named so. */
export const GROUND_TRUTH = `${PREDICTION_PREFIX}ground_truth`;

type Cells = readonly FileCell[];

/** Where a cell of a file goes in an event. */
interface Target {
  readonly column: string;
  readonly event: string;
  readonly as: 'value' | 'text';
}

/**
 * Turns rows of a file into events as its mapping says, straight into columnar batches. Rows whose time cannot be read are left
 * out and counted.
 */
export class RowEvents {
  /** Rows left out. */
  faulty = 0;
  #rows = 0;
  readonly #targets: readonly Target[];
  readonly #segments: readonly (readonly [dimension: string, column: string])[];
  readonly #embeddings: readonly (readonly [name: string, column: string])[];

  /**
   * @param columns of the file. @param timeless whether a file without times has events too, as a baseline may, and rows carry their ground truth.
   * @throws UsageError naming every column that the mapping has and the file has not.
   */
  constructor(
    private readonly mapping: FileMapping,
    columns: readonly string[],
    private readonly file: string,
    private readonly timeless = false,
  ) {
    const { groundTruth } = mapping;
    const labelled = timeless && groundTruth !== null && columns.includes(groundTruth);
    const truth: Target[] = labelled ? [{ column: groundTruth, event: GROUND_TRUTH, as: 'value' }] : [];
    this.#targets = [...targetsOf(mapping, columns), ...truth];
    this.#segments = Object.entries(mapping.segments);
    this.#embeddings = Object.entries(mapping.embeddings);
    const wanted = [
      ...(timeless ? [] : [mapping.eventTime]),
      ...this.#targets.map(({ column }) => column),
      ...this.#embeddings.map(([, column]) => column),
      ...(timeless ? [] : this.#segments.map(([, column]) => column)),
    ];
    const missing = [...new Set(wanted)].filter((column) => !columns.includes(column));
    if (missing.length > 0) {
      throw new UsageError(
        missing.map(
          (column) => `${file}: has no column '${column}', which the mapping names; it has ${columns.join(', ')}`,
        ),
      );
    }
  }

  /** Adds the rows of a batch to the streams they belong to. */
  add(batch: FileBatch, into: EventBatches): void {
    const cells = new Map(batch.columns.map(({ name, cells: values }) => [name, values]));
    const times = cells.get(this.mapping.eventTime);
    const ids = this.mapping.eventId === null ? undefined : cells.get(this.mapping.eventId);
    const streams = this.#streamsOf(cells);
    for (let at = 0; at < batch.rows; at++) {
      const number = this.#rows++;
      const time = timeOf(times?.[at] ?? null);
      if (time === null && (!this.timeless || times !== undefined)) {
        this.faulty++;
        continue;
      }
      const events = into.of(streams(at)).batch;
      const row = events.append(String(ids?.[at] ?? `${this.file}-${number}`), time ?? 0);
      for (const { column, event, as } of this.#targets) {
        const cell = cells.get(column)?.[at] ?? null;
        setCell(events.column(event), row, as === 'text' && cell !== null ? String(cell) : cell);
      }
      for (const [name, column] of this.#embeddings) setEmbedding(events, row, name, cells.get(column)?.[at] ?? null);
      for (const [dimension, column] of this.#segments) {
        const cell = cells.get(column)?.[at] ?? null;
        if (cell !== null) events.segment(dimension).setString(row, String(cell));
      }
    }
  }

  #streamsOf(cells: ReadonlyMap<string, Cells>): (at: number) => Stream {
    const { model, version, role } = this.mapping;
    const known = new Map<string, Stream>();
    return (at) => {
      const named = textOf(role, cells, at);
      const key = `${textOf(model, cells, at)}\u0000${textOf(version, cells, at)}\u0000${named}`;
      let stream = known.get(key);
      if (stream === undefined) {
        const [name, release] = key.split('\u0000');
        stream = { model: name, version: release, role: roleOf(named) };
        known.set(key, stream);
      }
      return stream;
    };
  }
}

/** The columns of the events that a file's columns become, by the event's name. */
export function targetsOf(mapping: FileMapping, columns: readonly string[]): Target[] {
  const { prediction, confidence } = mapping;
  const targets: Target[] = [];
  const add = (column: string | null, event: string, as: Target['as'] = 'value') => {
    if (column !== null) targets.push({ column, event, as });
  };
  add(prediction.score, PREDICTION_COLUMNS.score);
  add(prediction.class, PREDICTION_COLUMNS.class, 'text');
  add(prediction.value, PREDICTION_COLUMNS.value);
  add(confidence, PREDICTION_COLUMNS.confidence);
  for (const [label, column] of Object.entries(prediction.probabilities)) {
    add(column, `${PREDICTION_COLUMNS.probability}${label}`);
  }
  const taken = new Set([
    ...targets.map(({ column }) => column),
    mapping.eventTime,
    mapping.eventId,
    mapping.requestId,
    mapping.groundTruth,
    ...Object.values(mapping.embeddings),
    ...[mapping.model, mapping.version, mapping.role].map((source) => ('column' in source ? source.column : null)),
    ...mapping.ignore,
  ]);
  const features = mapping.features ?? columns.filter((column) => !taken.has(column));
  for (const feature of features) add(feature, feature);
  return targets;
}

function setCell(vector: CellVector, row: number, cell: FileCell): void {
  if (cell === null) vector.setNull(row);
  else if (typeof cell === 'number') vector.setNumber(row, cell);
  else if (typeof cell === 'boolean') vector.setBoolean(row, cell);
  else vector.setString(row, cell);
}

/** A file's lists come as JSON. What is no list of finite numbers, or one of another length than the first, is a fault of its own. */
function setEmbedding(events: EventBatch, row: number, name: string, cell: FileCell): void {
  if (cell === null) return;
  const numbers = typeof cell === 'string' ? numbersIn(cell) : null;
  if (numbers === null || numbers.length === 0 || numbers.length > MOST_DIMENSIONS) {
    events.vectors.get(name)?.set(row, false);
    return;
  }
  const vectors = events.vector(name, numbers.length);
  const sound = vectors.dimension === numbers.length;
  if (sound) {
    // In this order: to make room is to have other values.
    const start = vectors.place(row);
    vectors.values.set(numbers, start);
  }
  vectors.set(row, sound);
}

function numbersIn(json: string): number[] | null {
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    return null;
  }
  return Array.isArray(list) && list.every(Number.isFinite) ? (list as number[]) : null;
}

/** How many milliseconds a millisecond, a second, a microsecond and a nanosecond are. */
const UNITS = [1, 1000, 1e-3, 1e-6];

/**
 * Whole milliseconds since the epoch; null where the cell is no time between 2000 and 2100. A number is such a time in one unit at most,
 * seconds, milliseconds, microseconds or nanoseconds.
 */
export function timeOf(cell: FileCell): number | null {
  if (typeof cell !== 'number') return null;
  for (const unit of UNITS) {
    const time = Math.trunc(cell * unit);
    if (time >= EARLIEST_TIME && time < LATEST_TIME) return time;
  }
  return null;
}

function textOf(source: ColumnOrConstant, cells: ReadonlyMap<string, Cells>, at: number): string {
  return 'constant' in source ? source.constant : String(cells.get(source.column)?.[at] ?? '');
}

function roleOf(name: string): ModelRole {
  return MODEL_ROLES.find((role) => role === name) ?? 'champion';
}
