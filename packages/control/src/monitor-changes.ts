import { documentHash, MOST_REVISIONS, type AppliedMonitor, type MonitorRevision } from '@tidemark/contracts';
import { ControlError } from './control-error.js';
import type { ControlState } from './control-state.js';

/** A document that is to be in force for its model and version. */
export interface WantedMonitor {
  readonly model: string;
  readonly version: string;
  /** YAML, sound. */
  readonly document: string;
}

/** Who changes something, when and why. */
export interface ChangeOrigin {
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly comment: string;
}

/** What becomes of the monitor of a model and version. */
export interface MonitorChange {
  readonly model: string;
  readonly version: string;
  readonly action: 'add' | 'change' | 'remove' | 'keep';
  /** The revision in force; null where there never was one. */
  readonly before: AppliedMonitor | null;
  /** What is to be published; null where nothing changes. */
  readonly after: AppliedMonitor | null;
}

/** A document is carried by a record of each partition of the partials. */
export const MOST_DOCUMENT_BYTES = 256 << 10;
/** Of the documents of all former revisions together. */
const MOST_HISTORY_BYTES = 1 << 20;

/**
 * What it takes for the documents to be in force, in their order; then what `prune` removes.
 *
 * @param prune whether monitors that are not among the documents are removed.
 * @throws ControlError `too-large` or `unreadable`.
 */
export function monitorChanges(
  state: ControlState,
  wanted: readonly WantedMonitor[],
  prune: boolean,
  origin: ChangeOrigin,
): MonitorChange[] {
  const changes = wanted.map(({ model, version, document }) => {
    return changeOf(state.monitor(model, version), { model, version, document }, origin);
  });
  if (!prune) return changes;
  const isWanted = ({ model, version }: AppliedMonitor) =>
    wanted.some((each) => each.model === model && each.version === version);
  const left = state.monitors.filter((monitor) => monitor.document !== null && !isWanted(monitor));
  return [...changes, ...left.map((monitor) => removalOf(monitor, origin))];
}

/** The removal of a monitor that is in force. */
export function removalOf(before: AppliedMonitor, origin: ChangeOrigin): MonitorChange {
  const { model, version } = before;
  return { model, version, action: 'remove', before, after: next(before, { model, version, document: null }, origin) };
}

/**
 * Brings a former revision back, as a new one.
 *
 * @param revision which; null: the one before that in force.
 * @throws ControlError `unknown` where that revision is not kept.
 */
export function rollbackOf(before: AppliedMonitor, revision: number | null, origin: ChangeOrigin): MonitorChange {
  const { model, version, history } = before;
  const wanted = revision === null ? history.at(0) : history.find((each) => each.revision === revision);
  if (wanted === undefined) {
    const kept = history.map((each) => each.revision).join(', ');
    const which = revision === null ? 'no revision before the one in force' : `no revision ${revision}`;
    throw new ControlError('unknown', `${model}, version ${version}, has ${which}; kept are: ${kept || 'none'}.`);
  }
  return changeOf(before, { model, version, document: wanted.document }, origin);
}

function changeOf(
  before: AppliedMonitor | null,
  wanted: Omit<WantedMonitor, 'document'> & { readonly document: string | null },
  origin: ChangeOrigin,
): MonitorChange {
  const { model, version, document } = wanted;
  const bytes = Buffer.byteLength(document ?? '');
  if (bytes > MOST_DOCUMENT_BYTES) {
    const most = `${MOST_DOCUMENT_BYTES >> 10} KiB`;
    throw new ControlError('too-large', `The monitor of ${model} has ${bytes} bytes; at most ${most} are taken.`);
  }
  const stood = before?.document ?? null;
  if (stood === document) return { model, version, action: 'keep', before, after: null };
  const action = document === null ? 'remove' : stood === null ? 'add' : 'change';
  return { model, version, action, before, after: next(before, wanted, origin) };
}

function next(
  before: AppliedMonitor | null,
  { model, version, document }: Omit<WantedMonitor, 'document'> & { readonly document: string | null },
  { by, at, comment }: ChangeOrigin,
): AppliedMonitor {
  return {
    ...{ model, version, document, hash: documentHash(document), comment },
    ...{ revision: (before?.revision ?? 0) + 1, appliedBy: by, appliedAt: at },
    history: before === null ? [] : bounded([revisionOf(before), ...before.history]),
  };
}

function revisionOf(monitor: AppliedMonitor): MonitorRevision {
  const { revision, document, hash, appliedBy, appliedAt, comment } = monitor;
  return { revision, document, hash, appliedBy, appliedAt, comment };
}

/** The newest, as many and as large as are kept; the one before that in force always. */
function bounded(history: readonly MonitorRevision[]): MonitorRevision[] {
  let bytes = 0;
  return history
    .slice(0, MOST_REVISIONS)
    .filter(({ document }, index) => (bytes += Buffer.byteLength(document ?? '')) <= MOST_HISTORY_BYTES || index === 0);
}
