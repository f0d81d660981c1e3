import { LIKE_A_TIME, numberOfText, presentText, type FileColumn } from './file-columns.js';
import type { DateOrder, FileColumnKind } from './file-reading.js';
import { sqlString } from './sql-text.js';

/** So many columns are asked of in one pass over the file: the engine bounds the size of a query. */
const COLUMNS_A_PASS = 200;
/** So many of a column's whole numbers may begin with a zero, one in this, before they are taken for codes. */
const ONE_CODE_IN = 20;

const WHOLE = '^[-+]?[0-9]+$';
const CODE = '^0[0-9]+$';
const BOOLEAN = '^(?i:true|false)$';
const DAY_FIRST = '^(1[3-9]|2[0-9]|3[01])[/.-][0-9]{1,2}[/.-][0-9]{4}|^[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}';
const MONTH_FIRST = '^[0-9]{1,2}[/-](1[3-9]|2[0-9]|3[01])[/-][0-9]{4}';
const EITHER_FIRST = '^[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}';

/** What a column of texts is, as all of its cells say. */
export interface Surveyed {
  readonly kind: FileColumnKind;
  readonly dateOrder: DateOrder | 'unknown';
}

/** How many of a column's cells look like what. */
interface Looks {
  readonly present: number;
  readonly numbers: number;
  readonly wholes: number;
  readonly codes: number;
  readonly booleans: number;
  readonly times: number;
  readonly dayFirst: number;
  readonly monthFirst: number;
  readonly eitherFirst: number;
}
const LOOKS: readonly (keyof Looks)[] = [
  ...(['present', 'numbers', 'wholes', 'codes', 'booleans', 'times', 'dayFirst', 'monthFirst', 'eitherFirst'] as const),
];

/**
 * What columns of texts hold: what most of their cells are that hold anything, so that a bad cell is a bad cell wherever it stands.
 * Whole numbers of which many begin with a zero are codes, and stay texts. One pass over the file for 200 columns.
 *
 * @param source the file as a table of texts.
 */
export async function surveyTexts(
  columns: readonly Pick<FileColumn, 'name' | 'missing' | 'decimalComma'>[],
  source: string,
  query: <Row>(sql: string) => Promise<Row[]>,
): Promise<Surveyed[]> {
  const surveyed: Surveyed[] = [];
  for (let from = 0; from < columns.length; from += COLUMNS_A_PASS) {
    const some = columns.slice(from, from + COLUMNS_A_PASS);
    const counts = some.map((column, i) => `${looksOf(column)} AS c${i}`);
    const [row] = await query<Record<string, readonly (string | number)[]>>(
      `SELECT ${counts.join(', ')} FROM ${source}`,
    );
    for (const i of some.keys()) {
      const values = row[`c${i}`].map(Number);
      surveyed.push(judged(Object.fromEntries(LOOKS.map((look, at) => [look, values[at]])) as unknown as Looks));
    }
  }
  return surveyed;
}

function looksOf(column: Pick<FileColumn, 'name' | 'missing' | 'decimalComma'>): string {
  const { name, missing } = column;
  // Neither empty cells nor those that stand for a number that is none say what a column holds.
  const text = `trimBoth(ifNull(${presentText({ name, missing: [...missing, 'NaN', 'nan'], kind: 'boolean' })}, ''))`;
  const like = (pattern: string) => `countIf(match(${text}, ${sqlString(pattern)}))`;
  const counts = [
    `countIf(${text} != '')`,
    `countIf(isNotNull(${numberOfText(column, text)}))`,
    like(WHOLE),
    like(CODE),
  ];
  const times = [LIKE_A_TIME, DAY_FIRST, MONTH_FIRST, EITHER_FIRST];
  return `[${[...counts, like(BOOLEAN), ...times.map(like)].join()}]`;
}

function judged(looks: Looks): Surveyed {
  const { present, numbers, wholes, codes, booleans, times } = looks;
  const dateOrder = dateOrderOf(looks);
  const most = (count: number) => count * 2 > present;
  if (most(numbers)) {
    if (codes * ONE_CODE_IN > numbers) return { kind: 'string', dateOrder };
    return { kind: wholes === numbers ? 'integer' : 'number', dateOrder };
  }
  if (most(booleans)) return { kind: 'boolean', dateOrder };
  return { kind: most(times) ? 'time' : 'string', dateOrder };
}

/** Dates whose first or second number is above twelve show the order; with points the day is first everywhere. */
function dateOrderOf({ dayFirst, monthFirst, eitherFirst }: Looks): DateOrder | 'unknown' {
  if (eitherFirst === 0) return 'day-first';
  if (dayFirst > 0 && monthFirst > 0) return 'unknown';
  if (dayFirst > 0) return 'day-first';
  return monthFirst > 0 ? 'month-first' : 'unknown';
}
