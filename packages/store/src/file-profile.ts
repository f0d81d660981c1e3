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

/** A file as a table, and how it is asked. */
export interface FileTable {
  readonly source: string;
  readonly query: <Row>(sql: string) => Promise<Row[]>;
  /** How many rows it has: counted once, when it is first asked. */
  readonly rows: () => Promise<number>;
}

/** So many columns are asked of in one pass over the file at most: the engine bounds the size of a query. */
const MOST_COLUMNS = 200;
/** So many cells, as the distinct ones of a pass are in memory. */
const MOST_CELLS = 20_000_000;

/** Cuts columns into those that are asked of in one pass over the file. */
export async function passesOver<T>(columns: readonly T[], { rows }: FileTable): Promise<(readonly T[])[]> {
  if (columns.length === 0) return [];
  const size = Math.min(MOST_COLUMNS, Math.max(1, Math.floor(MOST_CELLS / Math.max(1, await rows()))));
  const passes: (readonly T[])[] = [];
  for (let from = 0; from < columns.length; from += size) passes.push(columns.slice(from, from + size));
  return passes;
}

/** Two passes of the file for many columns at a time: one for their totals, one for their frequent values. */
export async function profileColumns(
  columns: readonly FileColumn[],
  top: number,
  table: FileTable,
): Promise<ColumnProfile[]> {
  const profiles: ColumnProfile[] = [];
  for (const some of await passesOver(columns, table)) {
    const totals = await totalsOf(some, table);
    const frequent = await frequentOf(some, Math.max(0, Math.trunc(top)), table);
    some.forEach((column, i) => profiles.push({ column, ...totals[i], top: frequent[i] }));
  }
  return profiles;
}

function isNumeric({ kind }: FileColumn): boolean {
  return kind === 'number' || kind === 'integer' || kind === 'time';
}

/** What a column's values are in SQL, under the names `cell…` and `x…`, of which the latter is null for what is no value. */
function valuesOf(columns: readonly FileColumn[], source: string): string {
  const values = columns.map((column, i) => {
    const cell = cellExpression(column);
    return `${cell} AS cell${i}, ${isNumeric(column) ? numberExpression(column) : cell} AS x${i}`;
  });
  return `(SELECT ${values.join(', ')} FROM ${source})`;
}

function isValue(column: FileColumn, i: number): string {
  return isNumeric(column) ? `isFinite(ifNull(x${i}, nan))` : `isNotNull(x${i})`;
}

async function totalsOf(
  columns: readonly FileColumn[],
  { source, query }: FileTable,
): Promise<Omit<ColumnProfile, 'column' | 'top'>[]> {
  const totals = columns.map((column, i) => {
    const numeric = isNumeric(column);
    const value = isValue(column, i);
    const bounds = numeric ? [`minIf(x${i}, ${value})`, `maxIf(x${i}, ${value})`] : ['NULL', 'NULL'];
    const odd = numeric ? [`countIf(isNaN(ifNull(x${i}, 0)))`, `countIf(isInfinite(ifNull(x${i}, 0)))`] : ['0', '0'];
    const counts = [`countIf(${value})`, `countIf(isNull(cell${i}))`, ...odd];
    const faults = `countIf(isNotNull(cell${i}) AND isNull(x${i}))`;
    return `tuple(count(), ${[...counts, faults, `uniqExactIf(x${i}, ${value})`, ...bounds].join()}) AS t${i}`;
  });
  const [row] = await query<Record<string, readonly (number | string | null)[]>>(
    `SELECT ${totals.join(', ')} FROM ${valuesOf(columns, source)}`,
  );
  return columns.map((_, i) => {
    const found = Object.values(row[`t${i}`]);
    const [rows, values, nulls, nans, infinities, typeErrors, distinct] = found.slice(0, 7).map(Number);
    const known = (bound: number | string | null): number | null =>
      bound === null || values === 0 ? null : Number(bound);
    const [min, max] = [known(found[7]), known(found[8])];
    return { rows, values, nulls, nans, infinities, typeErrors, distinct, min, max };
  });
}

/** Numbers and others apart: those of a kind share a pass. */
async function frequentOf(
  columns: readonly FileColumn[],
  top: number,
  { source, query }: FileTable,
): Promise<ColumnProfile['top'][]> {
  const found: { value: FileCell; count: number }[][] = columns.map(() => []);
  for (const numeric of [true, false]) {
    const some = columns.flatMap((column, i) => (isNumeric(column) === numeric ? [i] : []));
    if (some.length === 0) continue;
    const cells = some.map((i) =>
      numeric
        ? `(${i}, ${isValue(columns[i], i)}, ifNull(x${i}, 0))`
        : `(${i}, ${isValue(columns[i], i)}, toString(ifNull(x${i}, '')))`,
    );
    const rows = await query<{ i: number; x: FileCell; n: string }>(
      `SELECT cell.1 AS i, cell.3 AS x, count() AS n
       FROM (SELECT arrayJoin([${cells.join()}]) AS cell FROM ${valuesOf(columns, source)}) WHERE cell.2
       GROUP BY i, x ORDER BY i, n DESC, x LIMIT ${top} BY i`,
    );
    for (const { i, x, n } of rows) found[i].push({ value: cellOf(x, columns[i].kind), count: Number(n) });
  }
  return found;
}
