/** `other` are lists, maps and objects, whose cells are JSON texts. */
export type FileColumnKind = 'number' | 'integer' | 'boolean' | 'string' | 'time' | 'other';

/** In which order days and months stand in dates such as 01/02/2024. */
export type DateOrder = 'day-first' | 'month-first';

/** How a file's cells are to be read, where its user says. Without any of it the file decides by itself. */
export interface FileReading {
  /** What columns hold, by name, whatever their cells look like. Of all others the whole column decides. */
  readonly kinds?: ReadonlyMap<string, FileColumnKind>;
  /** Columns of times: where they are stored as texts, these decide whether they are dates or milliseconds. */
  readonly times?: readonly string[];
  /** Texts that stand for a missing value; those of {@link MISSING} unless stated. An empty cell always does in a column of numbers, times or booleans. */
  readonly missing?: readonly string[];
  /** Unless stated, the dates themselves have to show it. */
  readonly dateOrder?: DateOrder | null;
}

/** What pandas, R, spreadsheets and databases write for a missing value. */
export const MISSING: readonly string[] = [
  'NA',
  'N/A',
  'n/a',
  'na',
  '<NA>',
  '#N/A',
  '#N/A N/A',
  '#NA',
  'NULL',
  'Null',
  'null',
  'None',
  'none',
  '\\N',
  'NaT',
];

/** These are missing in a column of texts; in one of numbers they are numbers that are none, which are counted apart. */
export const NOT_A_NUMBER: readonly string[] = ['NaN', 'nan', '-NaN', '-nan'];
