import { sqlIdentifier } from './sql-text.js';

/** What a cell holds: null, a number, a boolean, or a text. Times are milliseconds since the epoch. */
export type FileCell = number | boolean | string | null;

/** `other` are lists, maps and objects, whose cells are JSON texts. */
export type FileColumnKind = 'number' | 'integer' | 'boolean' | 'string' | 'time' | 'other';

export interface FileColumn {
  readonly name: string;
  /** ClickHouse's name of the type that the file states, or that its first 25,000 rows suggest. */
  readonly type: string;
  readonly kind: FileColumnKind;
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
 * A column's cells in SQL. In a file of text all are read as texts and taken for what the column mostly holds in JavaScript
 * ({@link cellOf}), as a number that is a word in row 30,000 must be one bad cell, not the end of the file.
 */
export function cellExpression({ name, kind }: FileColumn, text: boolean): string {
  const column = sqlIdentifier(name);
  if (text) {
    if (kind !== 'time') return column;
    return `ifNull(toString(toUnixTimestamp64Milli(${timeOfText(column)})), ${column})`;
  }
  if (kind === 'number') return `toFloat64(${column})`;
  if (kind === 'time') return `toUnixTimestamp64Milli(toDateTime64(${column}, 3, 'UTC'))`;
  if (kind === 'string') return `toString(${column})`;
  return kind === 'other' ? `toJSONString(${column})` : column;
}

/** A column's numbers (milliseconds, of times) in SQL as Nullable(Float64); null for nulls, and in a file of text for cells that are no numbers. */
export function numberExpression({ name, kind }: FileColumn, text: boolean): string {
  const column = sqlIdentifier(name);
  if (kind === 'time') {
    const time = text ? timeOfText(column) : `toDateTime64(${column}, 3, 'UTC')`;
    return `toNullable(toFloat64(toUnixTimestamp64Milli(${time})))`;
  }
  return text ? `toFloat64OrNull(trimBoth(${column}))` : `toNullable(toFloat64(${column}))`;
}

function timeOfText(column: string): string {
  return `parseDateTime64BestEffortOrNull(${column}, 3, 'UTC')`;
}

/** The cell that a value of the engine's JSON stands for; a text where it is not what its column holds. */
export function cellOf(value: FileCell, kind: FileColumnKind): FileCell {
  if (typeof value !== 'string') return value;
  if (kind === 'number') return numberOf(value) ?? value;
  if (kind === 'integer' || kind === 'time') {
    const number = numberOf(value);
    // An id of 64 bits keeps all its digits as a text.
    return number === null || Math.abs(number) > Number.MAX_SAFE_INTEGER ? value : number;
  }
  if (kind === 'boolean') return booleanOf(value) ?? value;
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

function booleanOf(text: string): boolean | null {
  const lower = text.trim().toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : null;
}
