import { StoreError } from './store-error.js';

/** Formats by the end of a file's name; of all others ClickHouse judges by name and content. */
const FORMATS: Readonly<Record<string, string>> = {
  csv: 'CSVWithNames',
  tsv: 'TSVWithNames',
  jsonl: 'JSONEachRow',
  ndjson: 'JSONEachRow',
  json: 'JSONEachRow',
  parquet: 'Parquet',
};

const TEXT = /^(CSV|TSV|TabSeparated|CustomSeparated|JSONEachRow|JSONLines|NDJSON|JSONStringsEachRow)/;

/**
 * The name of the format that a file is read as.
 *
 * @param format ClickHouse's name of it, where stated; its case matters. @throws StoreError `bad-file` for what is no such name.
 */
export function formatOf(path: string, format?: string): string {
  if (format !== undefined) {
    if (/^[A-Za-z][A-Za-z0-9]*$/.test(format)) return format;
    throw new StoreError(
      'bad-file',
      `${JSON.stringify(format)} is no name of a format: CSVWithNames, JSONEachRow, Parquet …`,
    );
  }
  const [, extension] = /\.([a-z0-9]+)(?:\.(?:gz|gzip|br|xz|zst|lz4|bz2|snappy))?$/i.exec(path) ?? [];
  const name = extension?.toLowerCase() ?? '';
  return Object.hasOwn(FORMATS, name) ? FORMATS[name] : 'auto';
}

/** Whether cells have no type of their own but are texts, or JSON's few. */
export function isText(format: string): boolean {
  return TEXT.test(format);
}
