import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { StoreError } from './store-error.js';

/** How a file of text is written. */
export interface TextDialect {
  /** What stands between the cells of CSV. */
  readonly delimiter: string;
  /** Whether numbers are written as 1,5. */
  readonly decimalComma: boolean;
}

/** So much of a file shows how it is written. */
const SAMPLE_BYTES = 1 << 16;
const MOST_LINES = 50;
const DELIMITERS = [',', ';', '\t', '|'];
const COMMA: TextDialect = { delimiter: ',', decimalComma: false };
const DECIMAL_COMMA = /^"?[-+]?\d+,\d+"?$/;

/**
 * Finds out from a file's beginning how it is written. Several files in one path, and compressed ones, are taken for files with commas.
 *
 * @param format ClickHouse's name. @throws StoreError `bad-file` for what is no UTF-8, and for rows of CSV that have other numbers of cells than
 * the headings, with the line.
 */
export function dialectOf(path: string, format: string): TextDialect {
  const sample = sampleOf(path);
  if (sample === null) return COMMA;
  const text = textOf(sample, path);
  if (!format.startsWith('CSV')) return COMMA;
  const lines = linesOf(text, sample.length < SAMPLE_BYTES);
  if (lines.length === 0) return COMMA;
  const delimiter = delimiterOf(lines);
  const rows = lines.map((line) => cellsOf(line, delimiter));
  const odd = rows.findIndex((cells) => cells.length !== rows[0].length);
  if (odd > 0 && rows[0].length > 1 && !text.includes('"')) {
    const heads = rows[0].length;
    throw new StoreError(
      'bad-file',
      `${path}: line ${odd + 1} has ${rows[odd].length} cells, and the headings are ${heads}`,
    );
  }
  const decimalComma = delimiter !== ',' && rows.some((cells) => cells.some((cell) => DECIMAL_COMMA.test(cell.trim())));
  return { delimiter, decimalComma };
}

function sampleOf(path: string): Buffer | null {
  if (/[*?{]/.test(path) || /\.(gz|gzip|br|xz|zst|lz4|bz2|snappy)$/i.test(path) || !existsSync(path)) return null;
  const file = openSync(path, 'r');
  try {
    const sample = Buffer.alloc(SAMPLE_BYTES);
    return sample.subarray(0, readSync(file, sample, 0, SAMPLE_BYTES, 0));
  } finally {
    closeSync(file);
  }
}

function textOf(sample: Buffer, path: string): string {
  const [first, second] = sample;
  const utf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (utf16) throw notUtf8(path, 'UTF-16');
  // A character may be cut off at the sample's end.
  for (let cut = 0; cut < 4; cut++) {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(sample.subarray(0, sample.length - cut));
    } catch {
      if (sample.length < SAMPLE_BYTES) break;
    }
  }
  throw notUtf8(path, 'LATIN1');
}

function notUtf8(path: string, encoding: string): StoreError {
  return new StoreError(
    'bad-file',
    `${path} is not in UTF-8. Convert it first, for example: iconv -f ${encoding} -t UTF-8 file > converted`,
  );
}

function linesOf(text: string, whole: boolean): string[] {
  const lines = text.split(/\r?\n/);
  if (!whole) lines.pop();
  return lines.slice(0, MOST_LINES).filter((line) => line !== '');
}

/** The one that the headings have, and every line as often; of several the one that they have most. */
function delimiterOf(lines: readonly string[]): string {
  let best = ',';
  let most = 0;
  for (const delimiter of DELIMITERS) {
    const [heads, ...counts] = lines.map((line) => cellsOf(line, delimiter).length - 1);
    const steady = counts.every((count) => count === heads);
    const score = heads === 0 ? 0 : heads + (steady ? 1e6 : 0);
    if (score > most) [best, most] = [delimiter, score];
  }
  return best;
}

/** The cells of a line; a delimiter in quotes is none. */
function cellsOf(line: string, delimiter: string): string[] {
  const cells: string[] = [''];
  let quoted = false;
  for (const character of line) {
    if (character === '"') quoted = !quoted;
    if (character === delimiter && !quoted) cells.push('');
    else cells[cells.length - 1] += character;
  }
  return cells;
}
