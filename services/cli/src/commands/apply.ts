import { ControlError, monitorChanges, type MonitorChange } from '@tidemark/control';
import { originOf, publishing, stateOf, type ControlPlace, type WhoOptions } from '../control/control-place.js';
import { describeChange, nameOf } from '../control/describe-change.js';
import { UsageError } from '../exit-codes.js';
import { loadMonitors } from '../monitor-files.js';
import { print } from '../terminal.js';

export interface ApplyOptions extends WhoOptions {
  readonly dryRun: boolean;
  /** Whether monitors that the files do not hold are removed. */
  readonly prune: boolean;
  /** The revision that must be in force; for a file of one monitor. */
  readonly expectRevision?: string;
}

/** Publishes the monitors of a file or folder to the services, as far as they differ from what is in force. */
export async function runApply(place: ControlPlace, path: string, options: ApplyOptions): Promise<void> {
  const wanted = wantedMonitors(path);
  const expected =
    options.expectRevision === undefined ? null : revisionOf('--expect-revision', options.expectRevision);
  if (expected !== null && wanted.length !== 1) {
    throw new UsageError([`--expect-revision: ${path} holds ${wanted.length} monitors; it is for a file of one`]);
  }
  const origin = originOf(options, place.now);
  const changesTo = (state: Parameters<typeof monitorChanges>[0]): MonitorChange[] => {
    const changes = monitorChanges(state, wanted, options.prune, origin);
    if (expected !== null) checkExpected(changes[0], expected);
    for (const change of changes) for (const line of describeChange(change)) print(line);
    return changes;
  };
  if (options.dryRun) {
    const changes = changesTo(await stateOf(place));
    print('', `${summaryOf(changes)} Nothing was published (--dry-run).`);
    return;
  }
  await publishing(place, async (publisher, state) => {
    const changes = changesTo(state);
    await publisher.applyMonitors(changes);
    print('', summaryOf(changes));
  });
}

/** A revision as an option gives it. @throws UsageError where it is none. */
export function revisionOf(option: string, text: string): number {
  const revision = Number(text);
  if (Number.isInteger(revision) && revision >= 0) return revision;
  throw new UsageError([`${option} ${text}: must be a revision such as 3, as \`tidemark monitors list\` shows it`]);
}

/** @throws UsageError where a file is faulty, or two have a monitor of the same model and version. */
function wantedMonitors(path: string) {
  const wanted = loadMonitors(path).map(({ monitor: { model, version }, document }) => ({ model, version, document }));
  const twice = wanted.filter(({ model, version }, index) =>
    wanted.slice(0, index).some((other) => other.model === model && other.version === version),
  );
  if (twice.length === 0) return wanted;
  throw new UsageError(
    twice.map(({ model, version }) => `${path}: two files have a monitor of ${nameOf(model, version)}`),
  );
}

function checkExpected({ model, version, before }: MonitorChange, expected: number): void {
  const revision = before?.revision ?? 0;
  if (revision === expected) return;
  const message = `${nameOf(model, version)} is at revision ${revision}, not ${expected}: somebody changed it meanwhile.`;
  throw new ControlError('overtaken', `${message} Look at it with \`tidemark monitors show\`.`);
}

function summaryOf(changes: readonly MonitorChange[]): string {
  const count = (action: MonitorChange['action']) => changes.filter((change) => change.action === action).length;
  return `${count('add')} new, ${count('change')} changed, ${count('remove')} removed, ${count('keep')} unchanged.`;
}
