import type { ControlsSnapshot } from '../control/controls-in-force.js';
import type { ModelSnapshot } from './model-monitor.js';
import type { StreamSnapshot } from './stream-snapshot.js';
import type { SourceReadersSnapshot } from '../windows/source-readers.js';
import type { WatermarkSnapshot } from '../windows/watermarks.js';

/** What a detector remembers of its partition as a whole. */
export interface PartitionSnapshot {
  /** The offset after the last record that has been taken. */
  readonly position: number;
  readonly watermarks: WatermarkSnapshot;
  readonly readers: SourceReadersSnapshot;
}

/** What the detector must know to go on after a restart, but for what it can read again. */
export interface DetectorSnapshot {
  readonly partition: PartitionSnapshot;
  readonly models: readonly ModelSnapshot[];
  readonly streams: readonly StreamSnapshot[];
  /** A state of before changes took force through the log has none. */
  readonly controls?: ControlsSnapshot;
}

/** One piece of a snapshot, to be stored by itself. */
export type SnapshotPiece =
  | { readonly kind: 'partition'; readonly partition: PartitionSnapshot }
  | { readonly kind: 'model'; readonly model: ModelSnapshot }
  | { readonly kind: 'stream'; readonly stream: StreamSnapshot }
  | { readonly kind: 'controls'; readonly controls: ControlsSnapshot };

/**
 * A piece of the state, and when it last changed: what has the revision that was written last, of the same object, need not be written again. A key that is
 * no longer among a detector's pieces is that of a stream it has forgotten, and its record is to be deleted.
 */
export interface StatePiece {
  /** `partition`, `controls`, or what names the model or stream. */
  readonly key: string;
  /** What counts the revisions: a stream that goes on under another monitor, or comes back, counts anew. */
  readonly of: object;
  readonly revision: number;
  /** Made when it is asked for. */
  readonly snapshot: () => SnapshotPiece;
}

export function pieceOf(key: string, of: { readonly revision: number }, snapshot: StatePiece['snapshot']): StatePiece {
  return { key, of, revision: of.revision, snapshot };
}

/** Puts the pieces of one state together again. Null where that of the partition is missing. */
export function joinPieces(pieces: Iterable<SnapshotPiece>): DetectorSnapshot | null {
  let partition: PartitionSnapshot | null = null;
  const models: ModelSnapshot[] = [];
  const streams: StreamSnapshot[] = [];
  let controls: ControlsSnapshot | null = null;
  for (const piece of pieces) {
    if (piece.kind === 'partition') partition = piece.partition;
    else if (piece.kind === 'controls') controls = piece.controls;
    else if (piece.kind === 'model') models.push(piece.model);
    else streams.push(piece.stream);
  }
  if (partition === null) return null;
  return { partition, models, streams, ...(controls === null ? {} : { controls }) };
}

/** The state of a version in which all models had one event time. */
export interface SharedTimeSnapshot {
  readonly position: number;
  readonly watermarks: WatermarkSnapshot;
  readonly lastEvents: readonly (readonly [streamId: string, time: number])[];
  readonly streams: readonly StreamSnapshot[];
}

/** @param latenessOf a stream's allowed lateness then, milliseconds: as far as is known, what it is now. */
export function withModels(
  { position, watermarks, lastEvents, streams }: SharedTimeSnapshot,
  latenessOf: (stream: StreamSnapshot['stream']) => number,
): DetectorSnapshot {
  const models = new Map<string, ModelSnapshot['streams'][number][]>();
  const last = new Map(lastEvents);
  for (const { stream } of streams) {
    const { model, version, role } = stream;
    const lastEvent = last.get(`${model}\u0000${version}\u0000${role}`) ?? -Infinity;
    const closedTo = watermarks.current - latenessOf(stream);
    const ended = null;
    models.set(model, [...(models.get(model) ?? []), { version, role, lastEvent, closedTo, ended }]);
  }
  const time = { current: watermarks.current, sources: [] };
  return {
    partition: { position, watermarks, readers: { elapsed: 0, readers: [] } },
    models: [...models].map(([model, each]) => ({
      ...{ model, time, streams: each, silences: [], formerlyClosedTo: -Infinity, closedEarly: -Infinity, stall: null },
    })),
    streams,
  };
}
