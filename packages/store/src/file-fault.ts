import { existsSync } from 'node:fs';
import { StoreError, storeErrorOf } from './store-error.js';

/** What the engine says of a file, and what it means for who has the file. */
const KNOWN: readonly (readonly [said: RegExp, meaning: (...found: string[]) => string])[] = [
  [/the file is empty/, () => 'is empty'],
  [/Cannot read rows from the data|EMPTY_DATA_PASSED/, () => 'has headings, but no rows'],
  [/Duplicate column name[^"]*"([^"]*)"/, (name) => `has two columns named '${name}'. Rename one of them`],
  [
    /number of column names|different amount of values/,
    () => 'has rows with different numbers of cells. Quote the cells that have the delimiter in them',
  ],
  [
    /Cannot read JSON field here: '(-?(?:NaN|Infinity)).*?\(at row (\d+)\)/s,
    (token, row) => `is no JSON in row ${row}: ${token} is no value of JSON. Write null instead, or a Parquet file`,
  ],
];

/** An error of the engine over a file, as whoever has the file can understand it. */
export function fileError(fault: unknown, path: string): StoreError {
  if (fault instanceof StoreError) return fault;
  const error = storeErrorOf(fault, `${path} cannot be read`);
  if (error.code !== 'bad-query') return error;
  if (!/[*?{]/.test(path) && !existsSync(path))
    return new StoreError('bad-file', `There is no file ${path}`, { cause: fault });
  for (const [said, meaning] of KNOWN) {
    const found = said.exec(error.message);
    if (found !== null) return new StoreError('bad-file', `${path} ${meaning(...found.slice(1))}`, { cause: fault });
  }
  const message = error.message.replace(/\s*You can specify the structure manually.*?(?=\(|$)/s, ' ');
  return new StoreError('bad-file', message, { cause: fault });
}
