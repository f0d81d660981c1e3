import { basename } from 'node:path';
import type { FileMapping } from '@tidemark/contracts';
import type { Monitor } from '@tidemark/monitoring';
import { DataFile, type FileColumnKind, type FileReading } from '@tidemark/store';
import { UsageError } from '../exit-codes.js';
import { targetsOf } from './row-events.js';

/**
 * Opens a file of events whose cells are read as the monitor states: a column of a stated kind by that kind, ids and names as the texts
 * that they are, all others as most of their cells are.
 *
 * @throws StoreError. @throws UsageError where the order of days and months in dates can be taken in two ways.
 */
export async function openMapped(
  path: string,
  format: string | undefined,
  { monitor, mapping }: { readonly monitor: Monitor; readonly mapping: FileMapping },
): Promise<DataFile> {
  const file = await DataFile.open(path, format, readingOf(monitor, mapping));
  const used = new Set([mapping.eventTime, ...targetsOf(mapping, namesOf(file)).map(({ column }) => column)]);
  const unclear = file.columns.filter(
    ({ name, kind, dateOrder }) => kind === 'time' && dateOrder === 'unknown' && used.has(name),
  );
  if (unclear.length === 0) return file;
  await file.close();
  throw new UsageError(
    unclear.map(
      ({ name }) =>
        `${basename(path)}: the dates in '${name}' can be read with the day or the month first: ` +
        'set mapping.date_order to day-first or month-first',
    ),
  );
}

function readingOf(monitor: Monitor, mapping: FileMapping): FileReading {
  const kinds = new Map<string, FileColumnKind>();
  for (const [name, settings] of Object.entries(monitor.columns)) {
    if (settings.kind !== undefined) kinds.set(name, KINDS[settings.kind]);
  }
  for (const source of [mapping.model, mapping.version, mapping.role]) {
    if ('column' in source) kinds.set(source.column, 'string');
  }
  for (const id of [mapping.eventId, mapping.requestId]) if (id !== null) kinds.set(id, 'string');
  const { missing, dateOrder, eventTime } = mapping;
  return { kinds, times: [eventTime], dateOrder, ...(missing === null ? {} : { missing }) };
}

const KINDS = { numeric: 'number', integer: 'integer', boolean: 'boolean', categorical: 'string' } as const;

function namesOf(file: DataFile): string[] {
  return file.columns.map(({ name }) => name);
}
