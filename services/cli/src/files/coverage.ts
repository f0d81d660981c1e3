import type { FileMapping } from '@tidemark/contracts';
import type { Baseline, Monitor } from '@tidemark/monitoring';
import type { DataFile } from '@tidemark/store';
import { targetsOf } from './row-events.js';

/** The columns of events that a file has and the monitor watches, by the events' names for them. */
export function watchedColumns(file: DataFile, mapping: FileMapping, monitor: Monitor): string[] {
  const names = file.columns.map(({ name }) => name);
  const events = targetsOf(mapping, names).map(({ event }) => event);
  return [...new Set(events)].filter((event) => {
    const settings = monitor.columns[event];
    return settings === undefined ? monitor.otherColumns : settings.ignore !== true;
  });
}

/** What a baseline leaves unjudged of some columns, a sentence each; none where it covers them all. */
export function gapsOf(baseline: Baseline, columns: readonly string[]): string[] {
  const known = new Map(baseline.columns.map((column) => [column.name, column]));
  return columns.flatMap((name) => {
    const column = known.get(name);
    if (column === undefined) {
      return [`The column '${name}' is not judged: ${baseline.source}, the baseline, has no value of it.`];
    }
    const { kind, values, typeErrors } = column;
    if (typeErrors <= values) return [];
    return [
      `The column '${name}' is hardly judged: ${typeErrors} of its ${values + typeErrors} cells in ${baseline.source} are not ${kind}. ` +
        `State another kind as columns.${name}.kind, or mend the file.`,
    ];
  });
}
