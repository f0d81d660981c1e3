import { CellTag, type EventBatch } from './event-batch.js';
import { paneStart } from '../model/pane-time.js';
import { OTHER, type SegmentAdmission } from '../summaries/segment-admission.js';

/** Rows of a batch by what they share, in their order. */
type Rows = Map<string, Int32Array>;

/** The rows of a batch that fall into one pane of one dimension, by value. */
export interface SegmentRows {
  readonly byValue: Rows;
  /** Values whose rows are in `(other)`, as they have no segment of their own. */
  readonly refused: readonly string[];
  /** Values that had one until now: what was counted of them belongs to `(other)`. */
  readonly evicted: readonly string[];
}

const NO_ROWS: SegmentRows = { byValue: new Map(), refused: [], evicted: [] };

/** The rows of each pane that a batch touches, by the pane's start. */
export function rowsByPane(batch: EventBatch, paneSize: number): Map<number, Int32Array> {
  const times = batch.eventTimes;
  const first = paneStart(times[0], paneSize);
  let same = true;
  for (let row = 1; row < batch.rows && same; row++) {
    same = times[row] >= first && times[row] < first + paneSize;
  }
  // Nearly every batch lies in one pane: it needs no sorting into groups.
  if (same) return new Map([[first, Int32Array.from({ length: batch.rows }, (_, row) => row)]]);

  const byPane = new Map<number, number[]>();
  for (let row = 0; row < batch.rows; row++) push(byPane, paneStart(times[row], paneSize), row);
  return packed(byPane);
}

/**
 * Splits the rows of a pane by their value of a dimension, or of several that cross; a row that lacks one of them is in none.
 * Values without a seat share the rows of `(other)`.
 */
export function rowsBySegment(
  batch: EventBatch,
  rows: Int32Array,
  dimensions: readonly string[],
  admission: SegmentAdmission,
): SegmentRows {
  const byValue = rowsByValue(batch, rows, dimensions);
  if (byValue === null) return NO_ROWS;
  const { refused, evicted } = admission.offer(dimensions.join('|'), [...byValue.keys()]);
  if (refused.length > 0) mergeRows(byValue, refused);
  return { byValue: packed(byValue), refused, evicted };
}

function rowsByValue(batch: EventBatch, rows: Int32Array, dimensions: readonly string[]): Map<string, number[]> | null {
  const tags = dimensions.map((dimension) => batch.segments.get(dimension));
  if (tags.includes(undefined)) return null;
  const byValue = new Map<string, number[]>();
  if (dimensions.length === 1) {
    const cells = tags[0]!;
    const byId: number[][] = [];
    for (const row of rows) {
      if (cells.tag(row) !== CellTag.string) continue;
      (byId[cells.values[row]] ??= []).push(row);
    }
    byId.forEach((members, id) => byValue.set(cells.dictionary[id], members));
  } else {
    for (const row of rows) {
      const values = tags.map((cells) => cells!.string(row));
      if (!values.includes(undefined)) push(byValue, values.join('|'), row);
    }
  }
  return byValue;
}

/** Puts the rows of some values together as those of `(other)`, in their order. */
function mergeRows(byValue: Map<string, number[]>, values: readonly string[]): void {
  const others: number[] = [];
  for (const value of values) {
    for (const row of byValue.get(value) ?? []) others.push(row);
    byValue.delete(value);
  }
  byValue.set(
    OTHER,
    others.sort((a, b) => a - b),
  );
}

function push<K>(groups: Map<K, number[]>, key: K, row: number): void {
  const rows = groups.get(key);
  if (rows === undefined) groups.set(key, [row]);
  else rows.push(row);
}

function packed<K>(groups: Map<K, number[]>): Map<K, Int32Array> {
  return new Map([...groups].map(([key, rows]) => [key, Int32Array.from(rows)]));
}
