import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeFault, parseMonitors, type FileMapping, type MonitorFile } from '@tidemark/contracts';
import { UsageError } from './exit-codes.js';

/**
 * The monitors of a YAML file, or of all YAML files in a folder. @throws UsageError with every fault of every file at once.
 */
export function loadMonitors(path: string): MonitorFile[] {
  const monitors: MonitorFile[] = [];
  const faults: string[] = [];
  for (const file of filesAt(path)) {
    const parsed = parseMonitors(readFileSync(file, 'utf8'), file);
    if (parsed.ok) monitors.push(...parsed.monitors);
    else faults.push(...parsed.faults.map(describeFault));
  }
  if (faults.length > 0) throw new UsageError(faults);
  return monitors;
}

/** The one monitor of a file. @throws UsageError where there are more, or none. */
export function loadMonitor(path: string): MonitorFile {
  const monitors = loadMonitors(path);
  if (monitors.length !== 1) throw new UsageError([`${path}: holds ${monitors.length} monitors; one is needed here`]);
  return monitors[0];
}

/** The one monitor of a file, with the mapping that reading files needs. @throws UsageError where either is missing. */
export function monitorWithMapping(path: string): MonitorFile & { readonly mapping: FileMapping } {
  const { mapping, ...file } = loadMonitor(path);
  if (mapping !== null) return { ...file, mapping };
  throw new UsageError([
    `${path}: mapping: is missing; it says which columns of the file are what, at the least \`mapping: {event_time: <column>}\``,
  ]);
}

function filesAt(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new UsageError([`${path}: there is no such file or folder`]);
  if (!stats.isDirectory()) return [path];
  const files = readdirSync(path).filter((name) => /\.ya?ml$/.test(name));
  if (files.length === 0) throw new UsageError([`${path}: the folder holds no .yaml or .yml file`]);
  return files.sort().map((name) => join(path, name));
}
