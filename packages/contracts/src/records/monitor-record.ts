import { createHash } from 'node:crypto';
import { RecordFault } from './record-fault.js';

/** One revision of the monitor of a model and version. */
export interface MonitorRevision {
  /** At least 1; one more with every change. */
  readonly revision: number;
  /** YAML as it was given; null: the monitor was removed. */
  readonly document: string | null;
  /** A hash of the document (`documentHash`); empty where it was removed. */
  readonly hash: string;
  readonly appliedBy: string;
  /** Milliseconds since the epoch. */
  readonly appliedAt: number;
  /** Why, in the words of whoever applied it; may be empty. */
  readonly comment: string;
}

/** The revision of a model's and version's monitor that is in force, and those before it. */
export interface AppliedMonitor extends MonitorRevision {
  /** The model's name, or `*`. */
  readonly model: string;
  /** The version, or `*`. */
  readonly version: string;
  /** Newest first; at most `MOST_REVISIONS`. The topic is compacted, so that what is to be rolled back to must be in the record. */
  readonly history: readonly MonitorRevision[];
}

/** So many revisions before the one in force are kept. */
export const MOST_REVISIONS = 20;

interface AvroRevision {
  readonly revision: number;
  readonly document: string | null;
  readonly hash: string;
  readonly applied_by: string;
  readonly applied_at: number;
  readonly comment: string;
}

interface AvroMonitor extends AvroRevision {
  readonly model: string;
  readonly version: string;
  readonly history: readonly AvroRevision[];
}

/** The key of a monitor in its compacted topic: a later one of the same model and version replaces it. */
export function monitorKey({ model, version }: Pick<AppliedMonitor, 'model' | 'version'>): string {
  return JSON.stringify([model, version]);
}

/** 16 hexadecimal digits that are a function of a monitor's document; empty for none. */
export function documentHash(document: string | null): string {
  return document === null ? '' : createHash('sha256').update(document).digest('hex').slice(0, 16);
}

export function monitorToAvro(monitor: AppliedMonitor): AvroMonitor {
  const { model, version, history } = monitor;
  return { model, version, ...revisionToAvro(monitor), history: history.map(revisionToAvro) };
}

/** @throws RecordFault where a revision is none, or a document is not the one that its hash was made of. */
export function monitorFromAvro(record: unknown): AppliedMonitor {
  const monitor = record as AvroMonitor;
  const { model, version, history } = monitor;
  if (model === '' || version === '') throw new RecordFault('damaged', 'the monitor is of no model or version');
  return { model, version, ...revisionFromAvro(monitor), history: history.map(revisionFromAvro) };
}

function revisionToAvro({ appliedBy, appliedAt, ...rest }: MonitorRevision): AvroRevision {
  const { revision, document, hash, comment } = rest;
  return { revision, document, hash, comment, applied_by: appliedBy, applied_at: appliedAt };
}

function revisionFromAvro(record: AvroRevision): MonitorRevision {
  const { revision, document, hash, comment } = record;
  checkRevision(revision, document, hash);
  return { revision, document, hash, comment, appliedBy: record.applied_by, appliedAt: record.applied_at };
}

/** @throws RecordFault where the revision is none, or the hash is of another document. */
export function checkRevision(revision: number, document: string | null, hash: string): void {
  if (revision < 1) throw new RecordFault('damaged', `${revision} is no revision of a monitor`);
  if (hash === documentHash(document)) return;
  throw new RecordFault('damaged', `the document of revision ${revision} is not the one that its hash was made of`);
}
