import { resolve } from 'node:path';
import { connectEngine, type EngineConnection } from './embedded-engine.js';
import {
  cellExpression,
  cellOf,
  kindOfType,
  numberExpression,
  type FileCell,
  type FileColumn,
} from './file-columns.js';
import { MISSING, type FileReading } from './file-reading.js';
import { surveyTexts } from './file-survey.js';
import { fileError } from './file-fault.js';
import { formatOf, isText } from './file-format.js';
import { profileColumns, type ColumnProfile, type FileTable } from './file-profile.js';
import { quantilesOf } from './file-quantiles.js';
import { sqlIdentifier, sqlString } from './sql-text.js';
import { StoreError } from './store-error.js';
import { dialectOf, type TextDialect } from './text-dialect.js';

const ROWS_A_BATCH = 4096;

/** Times without a zone are in UTC; numbers keep all their digits; an order by time may spill to the disk. */
const SETTINGS =
  "session_timezone = 'UTC', output_format_json_quote_64bit_integers = 1, output_format_json_quote_denormals = 1, " +
  // A column of the file may have the name of something in the query.
  'prefer_column_name_to_alias = 1, ' +
  // Mapped, all that has been read of a file stays in the process's memory until it ends.
  "storage_file_read_method = 'pread', " +
  // Row groups of a Parquet file are read side by side, and given in any order otherwise.
  'input_format_parquet_preserve_order = 1, ' +
  'max_bytes_before_external_sort = 500000000, max_bytes_before_external_group_by = 500000000, ' +
  // pandas and others write small and great numbers so, in any column of floats.
  'input_format_try_infer_exponent_floats = 1, ' +
  'input_format_json_read_objects_as_strings = 1, input_format_json_read_arrays_as_strings = 1';

function settingsFor(dialect: TextDialect | null): string {
  if (dialect === null) return SETTINGS;
  const tab = dialect.delimiter === '\t' ? ', input_format_csv_allow_whitespace_or_tab_as_delimiter = 1' : '';
  return `${SETTINGS}, format_csv_delimiter = ${sqlString(dialect.delimiter)}${tab}`;
}

/** Some rows of a file, column by column. */
export interface FileBatch {
  readonly rows: number;
  /** The selected columns in their order, `rows` cells each. */
  readonly columns: readonly { readonly name: string; readonly cells: readonly FileCell[] }[];
}

/**
 * A file as a table, read by ClickHouse's embedded engine: CSV (with a header), TSV, JSON lines, Parquet, and whatever else the
 * engine knows, compressed or not. The path may have `*`, `?` and `{a,b}` in it, and then stands for several files of one kind.
 *
 * In CSV, TSV and JSON lines the whole column decides what it holds, by the majority of its cells, unless that is stated. A cell that is
 * something else comes as a text, so that it can be counted as a fault. The price: in JSON lines a number in quotes is taken for a number
 * where its column holds numbers.
 *
 * Where the process keeps an embedded store as well, open the store first: the engine has one folder a process.
 */
export class DataFile {
  readonly path: string;
  readonly format: string;
  /** In the file's order. */
  readonly columns: readonly FileColumn[];
  readonly #settings: string;
  #rowCount: Promise<number> | null = null;
  readonly #connection: EngineConnection;
  readonly #release: () => Promise<void>;

  private constructor(
    parts: Pick<DataFile, 'path' | 'format' | 'columns'>,
    settings: string,
    engine: { readonly connection: EngineConnection; readonly release: () => Promise<void> },
  ) {
    this.path = parts.path;
    this.format = parts.format;
    this.columns = parts.columns;
    this.#settings = settings;
    this.#connection = engine.connection;
    this.#release = engine.release;
  }

  /**
   * Opens a file and finds out its columns.
   *
   * @param format ClickHouse's name of the format (CSV, Arrow, ORC …); by the end of the file's name unless stated.
   * @param reading how cells are read, where that is stated; `as-texts`: cells of a file of text stay as they stand.
   * @throws StoreError `bad-file`, `engine-missing`, `engine-busy`.
   */
  static async open(path: string, format?: string, reading: FileReading | 'as-texts' = {}): Promise<DataFile> {
    const place = resolve(path);
    const as = formatOf(path, format);
    const dialect = isText(as) ? dialectOf(place, as) : null;
    const settings = settingsFor(dialect);
    const engine = await connectForFiles();
    try {
      const sql = `DESCRIBE TABLE file(${sqlString(place)}, ${sqlString(as)}) SETTINGS ${settings}`;
      const described = await queryRows<{ name: string; type: string }>(engine.connection, sql);
      const query = <Row>(asked: string) => queryRows<Row>(engine.connection, `${asked} SETTINGS ${settings}`);
      const columns =
        reading === 'as-texts'
          ? described.map((column) => columnOf(column, as, { missing: [] }, 'string', dialect))
          : await columnsOf(described, as, dialect, sourceOf(place, as, described), reading, query);
      return new DataFile({ path: place, format: as, columns }, settings, engine);
    } catch (fault) {
      await engine.release();
      throw fileError(fault, place);
    }
  }

  /**
   * Streams the file's rows in its own order, or by a column; memory does not grow with the file, but for an order, which spills
   * to the disk.
   *
   * @param options.select columns to read, all unless stated. @param options.orderBy a column, ascending, ties in any order.
   * @throws StoreError `bad-file`, also midway, where the file is damaged; `bad-query` for a column it lacks.
   */
  async *rows(
    options: { readonly select?: readonly string[]; readonly orderBy?: string; readonly batch?: number } = {},
  ): AsyncGenerator<FileBatch, void, undefined> {
    const { batch = ROWS_A_BATCH, orderBy } = options;
    const selected = options.select?.map((name) => this.column(name)) ?? this.columns;
    if (selected.length === 0) return;
    const cells = selected.map((column, i) => `${cellExpression(column)} AS c${i}`).join(', ');
    const order = orderBy === undefined ? '' : `ORDER BY ${this.#orderOf(this.column(orderBy))}`;
    // One thread: several would give blocks of rows in any order.
    const threads = orderBy === undefined ? 'max_threads = 1,' : '';
    const sql = `SELECT ${cells} FROM ${this.#source} ${order} SETTINGS ${threads} max_block_size = ${batch}, ${this.#settings}`;
    const { connection, release } = await connectForFiles();
    try {
      for await (const chunk of connection.chdb.queryStream(sql, { format: 'JSONCompactColumns' })) {
        const values = JSON.parse(chunk.text()) as FileCell[][];
        for (let at = 0; at < values[0].length; at += batch) {
          const columns = selected.map(({ name, kind, decimalComma }, i) => ({
            name,
            cells: values[i].slice(at, at + batch).map((value) => cellOf(value, kind, decimalComma)),
          }));
          yield { rows: columns[0].cells.length, columns };
        }
      }
    } catch (fault) {
      throw fileError(fault, this.path);
    } finally {
      await release();
    }
  }

  /** Exact quantiles of the finite numbers of some columns: see {@link quantilesOf}. */
  quantiles(names: readonly string[], levels: readonly number[]): Promise<number[][]> {
    return quantilesOf(
      names.map((name) => this.column(name)),
      levels,
      this.#table,
    );
  }

  /**
   * What the columns hold: counts, distinct values, range, frequent values; exact. Distinct values of some columns at a time are held in
   * memory, those that are counted on the disk where they are many.
   *
   * @param options.names all columns unless stated. @param options.top how many of the most frequent values to give.
   */
  async profile(options: { readonly names?: readonly string[]; readonly top?: number } = {}): Promise<ColumnProfile[]> {
    const columns = options.names?.map((name) => this.column(name)) ?? this.columns;
    return profileColumns(columns, options.top ?? 100, this.#table);
  }

  /** @throws StoreError `bad-query` naming the columns that there are. */
  column(name: string): FileColumn {
    const column = this.columns.find((each) => each.name === name);
    if (column !== undefined) return column;
    const names = this.columns.map((each) => each.name).join(', ');
    throw new StoreError('bad-query', `${this.path} has no column ${JSON.stringify(name)}; it has ${names}`);
  }

  /** Lets go of the engine. */
  async close(): Promise<void> {
    await this.#release();
  }

  get #table(): FileTable {
    return {
      source: this.#source,
      query: (sql) => this.#query(sql),
      rows: () => (this.#rowCount ??= this.#countRows()),
    };
  }

  async #countRows(): Promise<number> {
    const [{ rows }] = await this.#query<{ rows: string }>(`SELECT count() AS rows FROM ${this.#source}`);
    return Number(rows);
  }

  get #source(): string {
    return sourceOf(this.path, this.format, this.columns);
  }

  #orderOf(column: FileColumn): string {
    const numeric = column.kind === 'number' || column.kind === 'integer' || column.kind === 'time';
    return numeric ? numberExpression(column) : sqlIdentifier(column.name);
  }

  async #query<Row>(sql: string): Promise<Row[]> {
    try {
      return await queryRows<Row>(this.#connection, `${sql} SETTINGS ${this.#settings}`);
    } catch (fault) {
      throw fileError(fault, this.path);
    }
  }
}

/** A file as a table in SQL: one of text has texts alone. */
function sourceOf(path: string, format: string, columns: readonly { readonly name: string }[]): string {
  const typed = `file(${sqlString(path)}, ${sqlString(format)}`;
  if (!isText(format)) return `${typed})`;
  const structure = columns.map(({ name }) => `${sqlIdentifier(name)} Nullable(String)`).join(', ');
  return `${typed}, ${sqlString(structure)})`;
}

/** A query names each column of a file several times, and files have thousands. */
const WIDE = 'SET max_query_size = 100000000, max_ast_elements = 10000000, max_expanded_ast_elements = 10000000';

async function connectForFiles(): Promise<{
  readonly connection: EngineConnection;
  readonly release: () => Promise<void>;
}> {
  const engine = await connectEngine(null);
  await engine.connection.chdb.queryAsync(WIDE, { format: 'JSONEachRow' });
  return engine;
}

interface Described {
  readonly name: string;
  readonly type: string;
}

async function columnsOf(
  described: readonly Described[],
  format: string,
  dialect: TextDialect | null,
  source: string,
  reading: FileReading,
  query: <Row>(sql: string) => Promise<Row[]>,
): Promise<FileColumn[]> {
  const stated = (name: string) => reading.kinds?.get(name);
  const columns = described.map((column) => columnOf(column, format, reading, stated(column.name), dialect));
  const isTime = new Set(reading.times);
  const open = columns.filter(({ name, isText: isTexts, type }) => {
    // Lists and objects stay what they are.
    if (!isTexts || (isText(format) && kindOfType(type) === 'other')) return false;
    return isTime.has(name) || stated(name) === 'time' || (isText(format) && stated(name) === undefined);
  });
  const surveyed = await surveyTexts(open, source, query);
  const found = new Map(open.map(({ name }, i) => [name, surveyed[i]]));
  return columns.map((column) => {
    const looks = found.get(column.name);
    if (looks === undefined) return column;
    return {
      ...column,
      kind: stated(column.name) ?? looks.kind,
      dateOrder: reading.dateOrder ?? looks.dateOrder,
    };
  });
}

function columnOf(
  { name, type }: Described,
  format: string,
  { missing = MISSING, times = [] }: FileReading,
  stated: FileColumn['kind'] | undefined,
  dialect: TextDialect | null,
): FileColumn {
  const stored = kindOfType(type);
  const kind = stated ?? stored;
  const isTexts = isText(format) || (stored === 'string' && (kind !== 'string' || times.includes(name)));
  return {
    name,
    type,
    kind,
    isText: isTexts,
    missing,
    decimalComma: dialect?.decimalComma ?? false,
    dateOrder: 'day-first',
  };
}

async function queryRows<Row>(connection: EngineConnection, sql: string): Promise<Row[]> {
  const result = await connection.chdb.queryAsync(sql, { format: 'JSONEachRow' });
  const lines = result.text().split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row);
}
