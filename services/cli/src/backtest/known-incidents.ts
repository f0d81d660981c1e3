import { DataFile, type FileBatch, type FileCell } from '@tidemark/store';
import { UsageError } from '../exit-codes.js';
import { timeOf } from '../files/row-events.js';
import type { PastIncident } from './incident-log.js';

/** An incident that really was, as the user remembers it. Milliseconds since the epoch, the end exclusive. */
export interface KnownIncident {
  readonly from: number;
  readonly to: number;
  /** Null: it could show in any column. */
  readonly column: string | null;
}

/** Whether an incident is about a known one: what it saw, from when it seems to have begun to the end of its window, meets it. */
export function isAbout({ since, windowEnd, columns }: PastIncident, known: KnownIncident): boolean {
  return since < known.to && windowEnd > known.from && (known.column === null || columns.includes(known.column));
}

/**
 * The known incidents of a file with the columns `from`, `to` and, where known, `column`; in any format that the name tells.
 *
 * @throws UsageError with every fault of the file at once. @throws StoreError `bad-file`.
 */
export async function readKnownIncidents(path: string): Promise<KnownIncident[]> {
  const kinds = new Map([['from', 'time'] as const, ['to', 'time'] as const]);
  const file = await DataFile.open(path, undefined, { kinds });
  try {
    const names = file.columns.map(({ name }) => name);
    const missing = ['from', 'to'].filter((name) => !names.includes(name));
    if (missing.length > 0) {
      throw new UsageError(missing.map((name) => `${path}: has no column '${name}'; it has ${names.join(', ')}`));
    }
    const incidents: KnownIncident[] = [];
    const faults: string[] = [];
    let row = 0;
    for await (const batch of file.rows()) {
      for (let at = 0; at < batch.rows; at++) {
        const parsed = incidentAt(batch, at, `${path}: row ${++row}`, faults);
        if (parsed !== null) incidents.push(parsed);
      }
    }
    if (faults.length > 0) throw new UsageError(faults);
    return incidents;
  } finally {
    await file.close();
  }
}

function incidentAt(batch: FileBatch, at: number, where: string, faults: string[]): KnownIncident | null {
  const cell = (name: string): FileCell => batch.columns.find((column) => column.name === name)?.cells[at] ?? null;
  const timeIn = (name: string): number | null => {
    const time = timeOf(cell(name));
    if (time === null)
      faults.push(`${where}: ${name}: '${cell(name) ?? ''}' is not a time such as 2026-01-05T10:00:00Z`);
    return time;
  };
  const [from, to] = [timeIn('from'), timeIn('to')];
  if (from === null || to === null) return null;
  if (to <= from) {
    faults.push(`${where}: to: must be later than from`);
    return null;
  }
  const column = cell('column');
  return { from, to, column: column === null || column === '' ? null : String(column) };
}
