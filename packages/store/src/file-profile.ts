import { cellExpression, cellOf, numberExpression, type FileCell, type FileColumn } from './file-columns.js';

/** What a column of a file holds, counted exactly. */
export interface ColumnProfile {
  readonly column: FileColumn;
  readonly rows: number;
  /** Finite numbers, of a column of numbers or times; else cells that are not null. */
  readonly values: number;
  readonly nulls: number;
  readonly nans: number;
  readonly infinities: number;
  /** Cells of a file of text that are not what the column holds. */
  readonly typeErrors: number;
  /** Different values. */
  readonly distinct: number;
  /** Of numbers and times; null where there are none. */
  readonly min: number | null;
  readonly max: number | null;
  /** The most frequent values, most first, then in their own order. */
  readonly top: readonly { readonly value: FileCell; readonly count: number }[];
}

interface ProfileRequest {
  readonly columns: readonly FileColumn[];
  readonly source: string;
  readonly top: number;
  readonly query: <Row>(sql: string) => Promise<Row[]>;
}

interface Totals {
  readonly rows: string;
  readonly values: string;
  readonly nulls: string;
  readonly nans: string;
  readonly infinities: string;
  readonly faults: string;
  readonly distinct: string;
  readonly min: number | string | null;
  readonly max: number | string | null;
}

/** One pass of the file a column for its totals, one for its frequent values. */
export async function profileColumns(request: ProfileRequest): Promise<ColumnProfile[]> {
  const profiles: ColumnProfile[] = [];
  for (const column of request.columns) profiles.push(await profileColumn(column, request));
  return profiles;
}

async function profileColumn(column: FileColumn, { source, top, query }: ProfileRequest): Promise<ColumnProfile> {
  const cell = cellExpression(column);
  const numeric = column.kind === 'number' || column.kind === 'integer' || column.kind === 'time';
  const x = numeric ? numberExpression(column) : cell;
  const finite = numeric ? 'isNotNull(x) AND isFinite(assumeNotNull(x))' : 'isNotNull(x)';
  const [totals] = await query<Totals>(
    `SELECT count() AS rows, countIf(${finite}) AS values, countIf(isNull(cell)) AS nulls,
     ${numeric ? 'countIf(isNaN(ifNull(x, 0)))' : '0'} AS nans, ${numeric ? 'countIf(isInfinite(ifNull(x, 0)))' : '0'} AS infinities,
     countIf(isNotNull(cell) AND isNull(x)) AS faults, uniqExactIf(x, ${finite}) AS distinct,
     ${numeric ? `minIf(x, ${finite})` : 'NULL'} AS min, ${numeric ? `maxIf(x, ${finite})` : 'NULL'} AS max
     FROM (SELECT ${cell} AS cell, ${x} AS x FROM ${source})`,
  );
  const values = Number(totals.values);
  const frequent = await query<{ x: FileCell; n: string }>(
    `SELECT x, count() AS n FROM (SELECT ${x} AS x FROM ${source}) WHERE ${finite}
     GROUP BY x ORDER BY n DESC, x LIMIT ${Math.max(0, Math.trunc(top))}`,
  );
  const known = (bound: number | string | null): number | null =>
    bound === null || values === 0 ? null : Number(bound);
  return {
    column,
    rows: Number(totals.rows),
    values,
    nulls: Number(totals.nulls),
    nans: Number(totals.nans),
    infinities: Number(totals.infinities),
    typeErrors: Number(totals.faults),
    distinct: Number(totals.distinct),
    min: known(totals.min),
    max: known(totals.max),
    top: frequent.map(({ x: value, n }) => ({ value: cellOf(value, column.kind), count: Number(n) })),
  };
}
