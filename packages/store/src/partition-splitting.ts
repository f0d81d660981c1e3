import type { InsertRow } from './insert-row.js';

/** An insert makes a part in each partition that it touches; so many are ClickHouse's own limit, above which it refuses. */
export const MOST_PARTITIONS_AN_INSERT = 100;

type PartitionOf = (row: InsertRow) => string | number;

const monthOf =
  (column: string): PartitionOf =>
  (row) =>
    (row[column] as string).slice(0, 7);

const WEEK = 7 * 86_400;
/** The epoch was a Thursday; weeks begin on Monday. */
const weekOf: PartitionOf = (row) => Math.floor(((row['expires_at'] as number) + 3 * 86_400) / WEEK);

/** How the migrations partition tables; those that are not here have one partition. A test compares it with the tables. */
const PARTITIONED: Readonly<Record<string, PartitionOf>> = {
  pane_columns_raw: monthOf('pane_start'),
  panes_raw: monthOf('pane_start'),
  pane_joint_raw: monthOf('pane_start'),
  pane_quality_raw: monthOf('pane_start'),
  pane_vectors_raw: monthOf('pane_start'),
  windows_raw: monthOf('window_start'),
  quality_raw: monthOf('window_start'),
  drift_events_raw: monthOf('window_end'),
  labeling_requests_raw: monthOf('event_time'),
  predictions_raw: weekOf,
  labels_raw: weekOf,
  label_joins: weekOf,
};

/**
 * Cuts rows into lots for one insert each: of at most so many rows, and of few enough partitions. Producers choose the times that
 * tables are partitioned by. Rows of a partition stay in their order, which is that in which equal keys replace each other.
 */
export function* splitForInserts(
  table: string,
  rows: readonly InsertRow[],
  mostRows: number,
): Generator<readonly InsertRow[]> {
  const partitionOf = table in PARTITIONED ? PARTITIONED[table] : () => '';
  const byPartition = new Map<string | number, InsertRow[]>();
  for (const row of rows) {
    const partition = partitionOf(row);
    const some = byPartition.get(partition);
    if (some === undefined) byPartition.set(partition, [row]);
    else some.push(row);
  }
  const ordered = byPartition.size <= MOST_PARTITIONS_AN_INSERT ? [rows] : lotsOf([...byPartition.values()]);
  for (const lot of ordered) {
    for (let at = 0; at < lot.length; at += mostRows) yield lot.slice(at, at + mostRows);
  }
}

function lotsOf(partitions: readonly (readonly InsertRow[])[]): InsertRow[][] {
  const lots: InsertRow[][] = [];
  for (let at = 0; at < partitions.length; at += MOST_PARTITIONS_AN_INSERT) {
    lots.push(partitions.slice(at, at + MOST_PARTITIONS_AN_INSERT).flat());
  }
  return lots;
}
