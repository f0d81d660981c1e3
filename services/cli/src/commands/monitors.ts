import type { AppliedMonitor, MonitorRevision } from '@tidemark/contracts';
import { rollbackOf, type ControlState } from '@tidemark/control';
import { originOf, publishing, stateOf, type ControlPlace, type WhoOptions } from '../control/control-place.js';
import { describeChange, describeDiff, nameOf } from '../control/describe-change.js';
import { printable, printableTime } from '../printable.js';
import { UsageError } from '../exit-codes.js';
import { print, printJson, table } from '../terminal.js';
import { revisionOf } from './apply.js';

/** Lists the monitors that are in force through the log. */
export async function listMonitors(place: ControlPlace, json: boolean): Promise<void> {
  const monitors = (await stateOf(place)).monitors.filter(({ document }) => document !== null);
  if (json) {
    for (const { history, ...monitor } of monitors) {
      printJson({ ...monitor, revisions: history.map(({ revision }) => revision) });
    }
    return;
  }
  if (monitors.length === 0) print('No monitors were applied. `tidemark apply <file or folder>` does.');
  else {
    const rows = monitors.map(({ model, version, revision, hash, appliedAt, appliedBy, comment }) => [
      ...[printable(model), printable(version), revision, hash],
      ...[printableTime(appliedAt), printable(appliedBy), printable(comment)],
    ]);
    print(...table(['model', 'version', 'revision', 'hash', 'applied at', 'by', 'comment'], rows));
  }
}

export interface ShowOptions {
  readonly revision?: string;
}

/** Prints a monitor as a file that `apply` takes, and the revisions that are kept. */
export async function showMonitor(
  place: ControlPlace,
  model: string,
  version: string,
  { revision: wanted }: ShowOptions,
): Promise<void> {
  const monitor = monitorOf(await stateOf(place), model, version);
  const { document, ...shown } = wanted === undefined ? monitor : revisionIn(monitor, '--revision', wanted);
  print(`# ${nameOf(model, version)}: ${describeRevision(shown)}`);
  print(...(document === null ? ['# removed'] : document.trimEnd().split('\n')));
  if (wanted !== undefined || monitor.history.length === 0) return;
  print('', '# Before it:');
  for (const each of monitor.history) print(`# ${describeRevision(each)}${each.document === null ? ', removed' : ''}`);
}

export interface DiffOptions {
  readonly from?: string;
  readonly to?: string;
}

/** Prints what differs between two revisions: those before and in force unless stated. */
export async function diffMonitor(
  place: ControlPlace,
  model: string,
  version: string,
  { from, to }: DiffOptions,
): Promise<void> {
  const monitor = monitorOf(await stateOf(place), model, version);
  const after = to === undefined ? monitor : revisionIn(monitor, '--to', to);
  const before =
    from === undefined
      ? (monitor.history.find(({ revision }) => revision < after.revision) ?? null)
      : revisionIn(monitor, '--from', from);
  print(`${nameOf(model, version)}: revision ${before?.revision ?? 0} → ${after.revision}`);
  const lines = describeDiff(before?.document ?? '', after.document ?? '');
  print(...(lines.length === 0 ? ['No difference.'] : lines));
}

export interface RollbackOptions extends WhoOptions {
  readonly to?: string;
  readonly dryRun: boolean;
}

/** Brings a former revision back into force, as a new one. */
export async function rollBackMonitor(
  place: ControlPlace,
  model: string,
  version: string,
  options: RollbackOptions,
): Promise<void> {
  const to = options.to === undefined ? null : revisionOf('--to', options.to);
  const changeIn = (state: ControlState) => {
    const change = rollbackOf(monitorOf(state, model, version), to, originOf(options, place.now));
    for (const line of describeChange(change)) print(line);
    return change;
  };
  if (options.dryRun) {
    changeIn(await stateOf(place));
    print('', 'Nothing was published (--dry-run).');
  } else await publishing(place, (publisher, state) => publisher.applyMonitors([changeIn(state)]));
}

function monitorOf(state: ControlState, model: string, version: string): AppliedMonitor {
  const monitor = state.monitor(model, version);
  if (monitor !== null) return monitor;
  throw new UsageError([
    `No monitor of ${nameOf(model, version)} was applied; \`tidemark monitors list\` shows those that were.`,
  ]);
}

function revisionIn(monitor: AppliedMonitor, option: string, text: string): MonitorRevision {
  const wanted = revisionOf(option, text);
  const found = [monitor, ...monitor.history].find(({ revision }) => revision === wanted);
  if (found !== undefined) return found;
  const kept = [monitor, ...monitor.history].map(({ revision }) => revision).join(', ');
  throw new UsageError([`${option} ${text}: is not kept; kept are the revisions ${kept}`]);
}

function describeRevision({ revision, appliedBy, appliedAt, comment }: Omit<MonitorRevision, 'document'>): string {
  const why = comment === '' ? '' : ` (${printable(comment)})`;
  return `revision ${revision}, applied by ${printable(appliedBy)} at ${printableTime(appliedAt)}${why}`;
}
