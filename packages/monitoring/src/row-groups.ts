import { CellTag, type EventBatch } from './event-batch.js';
import { paneStart } from './pane-time.js';
import { ALL_EVENTS, type Segment } from './stream.js';

/** The rows of a batch that fall into one pane of one segment, in their order. */
export interface RowGroup {
  readonly segment: Segment;
  readonly paneStart: number;
  readonly rows: Int32Array;
}

/**
 * Splits a batch by pane and segment. Every row is in the segment of all events, and once more in its value's segment for
 * each entry of `slices`; a row that lacks one of an entry's dimensions is in none of that entry's segments.
 */
export function groupRows(batch: EventBatch, paneSize: number, slices: readonly (readonly string[])[]): RowGroup[] {
  const groups: RowGroup[] = [];
  for (const [start, rows] of rowsByPane(batch, paneSize)) {
    groups.push({ segment: ALL_EVENTS, paneStart: start, rows });
    for (const dimensions of slices) {
      for (const [value, members] of rowsBySegment(batch, rows, dimensions)) {
        groups.push({ segment: { dimension: dimensions.join('|'), value }, paneStart: start, rows: members });
      }
    }
  }
  return groups;
}

function rowsByPane(batch: EventBatch, paneSize: number): Map<number, Int32Array> {
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

function rowsBySegment(batch: EventBatch, rows: Int32Array, dimensions: readonly string[]): Map<string, Int32Array> {
  const tags = dimensions.map((dimension) => batch.segments.get(dimension));
  if (tags.includes(undefined)) return new Map();
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
  return packed(byValue);
}

function push<K>(groups: Map<K, number[]>, key: K, row: number): void {
  const rows = groups.get(key);
  if (rows === undefined) groups.set(key, [row]);
  else rows.push(row);
}

function packed<K>(groups: Map<K, number[]>): Map<K, Int32Array> {
  return new Map([...groups].map(([key, rows]) => [key, Int32Array.from(rows)]));
}
