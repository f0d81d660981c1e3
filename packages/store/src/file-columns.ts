import { NOT_A_NUMBER, type DateOrder, type FileColumnKind } from './file-reading.js';
import { sqlIdentifier, sqlString } from './sql-text.js';

/** What a cell holds: null, a number, a boolean, or a text. Times are milliseconds since the epoch. */
export type FileCell = number | boolean | string | null;

export interface FileColumn {
  readonly name: string;
  /** ClickHouse's name of the type that the file states; of texts, what its first 25,000 rows suggest, which only tells lists and objects apart. */
  readonly type: string;
  readonly kind: FileColumnKind;
  /** Whether its cells are texts, of which each is read by the column's kind. */
  readonly isText: boolean;
  /** Texts that stand for a missing value. */
  readonly missing: readonly string[];
  /** Whether its numbers are written as 1,5. */
  readonly decimalComma: boolean;
  /** Of a column of times: how dates such as 01/02/2024 are read; `unknown` where none of them shows it. */
  readonly dateOrder: DateOrder | 'unknown';
}

export function kindOfType(type: string): FileColumnKind {
  const inner = /^(?:Nullable|LowCardinality)\((.*)\)$/.exec(type)?.[1];
  if (inner !== undefined) return kindOfType(inner);
  if (/^U?Int\d+$/.test(type)) return 'integer';
  if (/^(B?Float\d+|Decimal)/.test(type)) return 'number';
  if (type === 'Bool') return 'boolean';
  if (/^Date/.test(type)) return 'time';
  if (/^(String|FixedString|Enum|UUID|IPv)/.test(type)) return 'string';
  return type === 'Nothing' ? 'string' : 'other';
}

/**
 * A column's cells in SQL. Texts are taken for what the column mostly holds in JavaScript ({@link cellOf}), as a number that is a word in
 * row 30,000 must be one bad cell, not the end of the file.
 */
export function cellExpression(column: FileColumn): string {
  const { name, kind, type, isText } = column;
  const cell = sqlIdentifier(name);
  if (isText) {
    const present = presentText(column);
    if (kind !== 'time') return present;
    return `ifNull(toString(toUnixTimestamp64Milli(${timeOfText(column)})), ${present})`;
  }
  const stored = kindOfType(type);
  if (kind === 'string') return stored === 'other' ? `toJSONString(${cell})` : `toString(${cell})`;
  if (stored === 'number') return `toFloat64(${cell})`;
  if (stored === 'time') return `toUnixTimestamp64Milli(toDateTime64(${cell}, 3, 'UTC'))`;
  return stored === 'other' ? `toJSONString(${cell})` : cell;
}

/** A column's numbers (milliseconds, of times) in SQL as Nullable(Float64); null for nulls, and for texts that are no numbers. */
export function numberExpression(column: FileColumn): string {
  const { name, kind, type, isText } = column;
  const cell = sqlIdentifier(name);
  if (isText) {
    if (kind !== 'time') return numberOfText(column, presentText(column));
    return `toNullable(toFloat64(toUnixTimestamp64Milli(${timeOfText(column)})))`;
  }
  const stored = kindOfType(type);
  if (stored === 'time') return `toNullable(toFloat64(toUnixTimestamp64Milli(toDateTime64(${cell}, 3, 'UTC'))))`;
  if (stored === 'string' || stored === 'other') return `toFloat64OrNull(trimBoth(toString(${cell})))`;
  return `toNullable(toFloat64(${cell}))`;
}

/** The number that a text stands for in SQL; null where it stands for none. */
export function numberOfText({ decimalComma }: Pick<FileColumn, 'decimalComma'>, text: string): string {
  return `toFloat64OrNull(${decimalComma ? `replaceOne(trimBoth(${text}), ',', '.')` : `trimBoth(${text})`})`;
}

/** A column's text in SQL, null where it stands for a missing value. */
export function presentText({ name, kind, missing }: Pick<FileColumn, 'name' | 'kind' | 'missing'>): string {
  const cell = sqlIdentifier(name);
  const [isString, isNumber] = [kind === 'string' || kind === 'other', kind === 'number' || kind === 'integer'];
  const markers = [...missing, ...(isString ? [] : ['']), ...(isNumber || missing.length === 0 ? [] : NOT_A_NUMBER)];
  if (markers.length === 0) return cell;
  return `if(trimBoth(${cell}) IN (${markers.map(sqlString).join()}), NULL, ${cell})`;
}

/** The engine takes each date for what it can be, if need be in the other order: a date that is none in the column's order is refused here. */
function timeOfText(column: FileColumn): string {
  const text = presentText(column);
  const [parse, impossible] =
    column.dateOrder === 'month-first'
      ? ['parseDateTime64BestEffortUSOrNull', '(1[3-9]|[2-9][0-9])[/.-][0-9]']
      : ['parseDateTime64BestEffortOrNull', '[0-9]{1,2}[/.-](1[3-9]|[2-9][0-9])[/.-][0-9]'];
  const misread = `match(ifNull(${text}, ''), ${sqlString(`^\\s*${impossible}`)})`;
  return `if(${misread} OR NOT match(ifNull(${text}, ''), ${sqlString(LIKE_A_TIME)}), NULL, ${parse}(${text}, 3, 'UTC'))`;
}

/** A date by year, month and day, or by day and month in either order and year, or with the month's name; with or without a time of day. */
export const LIKE_A_TIME = String.raw`^\s*(\d{8}T\d{4,6}(\.\d+)?Z?$|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{1,2}[- ]?[A-Za-z]{3,9}[-, ]+\d{4}|[A-Za-z]{3,9} \d{1,2},? \d{4})([T ,]|$)`;

/** The cell that a value of the engine's JSON stands for; a text where it is not what its column holds. */
export function cellOf(value: FileCell, kind: FileColumnKind, decimalComma = false): FileCell {
  if (kind === 'boolean') return booleanOf(value) ?? value;
  if (typeof value !== 'string') return value;
  // A feature is a double, however many digits it has; ids are read as texts.
  if (kind === 'number' || kind === 'integer' || kind === 'time') {
    return numberOf(decimalComma ? value.replace(',', '.') : value) ?? value;
  }
  return value;
}

const INFINITE = /^([-+]?)inf(?:inity)?$/i;

function numberOf(text: string): number | null {
  const number = Number(text);
  if (!Number.isNaN(number)) return text.trim() === '' ? null : number;
  const trimmed = text.trim();
  if (/^[-+]?nan$/i.test(trimmed)) return NaN;
  const infinite = INFINITE.exec(trimmed);
  return infinite === null ? null : infinite[1] === '-' ? -Infinity : Infinity;
}

function booleanOf(cell: FileCell): boolean | null {
  if (typeof cell === 'boolean' || cell === null) return cell;
  if (typeof cell === 'string' && cell.trim() === '') return null;
  const word = typeof cell === 'string' ? cell.trim().toLowerCase() : '';
  const number = Number(cell);
  if (word === 'true' || number === 1) return true;
  return word === 'false' || number === 0 ? false : null;
}
