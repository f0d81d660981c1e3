import { promisify } from 'node:util';
import { gunzipSync, gzip } from 'node:zlib';
import {
  joinPieces,
  type ControlsSnapshot,
  type DetectorSnapshot,
  type ModelSnapshot,
  type PartitionSnapshot,
  type SharedTimeSnapshot,
  type SnapshotPiece,
  type Stream,
} from '@tidemark/monitoring';
import type { LogRecord } from '@tidemark/transport';

/** A stream that was set aside, and all that it takes to go on with it: beside its own piece of the state, which stays as it was. */
export interface SetAside {
  readonly stream: Stream;
  /** The offset of the record at which it showed. */
  readonly offset: number;
  readonly reason: string;
  /** The offset from which its records must be read again. */
  readonly readFrom: number;
  /** Where the partials' topic was made anew since: from this offset on all its records are new. */
  readonly newFrom?: number;
  /** What was known when its piece was written; null: nothing had been written. */
  readonly partition: PartitionSnapshot | null;
  readonly controls: ControlsSnapshot | null;
  readonly model: ModelSnapshot | null;
}

/** What the detector of one partition of the partials leaves for its successor, with every flush. */
export interface DetectorState {
  /** The offset from which the successor reads: that of the oldest record an open pane rests on. */
  readonly readFrom: number;
  /** The id of the topic that its offsets are of; null where it was not noted. */
  readonly topicId: string | null;
  readonly snapshot: DetectorSnapshot | SharedTimeSnapshot;
  readonly setAside: readonly SetAside[];
  /** Streams whose piece cannot be read, with the reason. */
  readonly damaged: readonly { readonly stream: Stream; readonly reason: string }[];
  /** The keys of all pieces that are there, by key how many records each has. */
  readonly keys: ReadonlyMap<string, number>;
}

/** What is stored beside the record under a partition's own key: each by itself, as there may be many, and large ones. */
export type StoredPiece = SnapshotPiece | { readonly kind: 'aside'; readonly aside: SetAside };

/** What the record under a partition's own key says: all that is true of the partition as a whole. */
export interface StateHead {
  readonly readFrom: number;
  /** The id of the partials' topic, of which all offsets are; null or absent where it has none, or an older version wrote the state. */
  readonly topicId?: string | null;
  /** How many partitions the partials had when the first state was left. */
  readonly firstPartitions: number;
  readonly partition: PartitionSnapshot;
  /** How many pieces there are. */
  readonly pieces: number;
}

/** As it is read: an older version kept the streams that were set aside in it. */
interface StoredHead extends StateHead {
  readonly format: number;
  readonly setAside?: readonly SetAside[];
}

/** A state that cannot be gone on from. Nothing was changed: it is there still. */
export class DetectorStateError extends Error {
  readonly code = 'damaged-state';
  readonly retriable = false;

  constructor(topic: string, key: string, reason: string) {
    const [partition] = key.split('/');
    super(
      `The state of partition ${partition} cannot be read (key ${key} of ${topic}): ${reason}. Nothing was changed. Where a newer version of ` +
        'tidemark wrote it, use that version; where it is damaged, stop the detectors and go on without it: ' +
        `tidemark state forget ${partition}`,
    );
    this.name = 'DetectorStateError';
  }
}

/** The format that one record a partition had. */
const WHOLE = 1;
/** The format of states in pieces. */
const IN_PIECES = 2;
/** What a gzip stream begins with. */
const GZIP = [0x1f, 0x8b] as const;
/** What the keys of streams that were set aside begin with, after the partition. */
const ASIDE = 'aside';
/** A value longer than that is cut: any topic takes it, whatever its limit. */
const MOST_BYTES = 700_000;
/** What each record of a piece begins with: its place among the piece's records, how many those are, and the position at which they were written. */
const PART_HEADER = 16;

const compress = promisify(gzip);

/**
 * The record under the partition's own key. An older version, which kept all of a state there, finds no snapshot in it, and stops with an error
 * rather than begin with nothing remembered. One that kept the streams that were set aside there finds none, and stops at their pieces.
 */
export function encodeHead({ readFrom, ...rest }: StateHead): Promise<Buffer> {
  return encode({ format: WHOLE, readFrom, snapshot: null, state: { format: IN_PIECES, setAside: [], ...rest } });
}

/** A piece of a state in as many values as it takes. @param position the offset after the last record that it accounts for. */
export async function encodePiece(piece: StoredPiece, position: number): Promise<Buffer[]> {
  const bytes = await encode(piece);
  const parts = Math.max(1, Math.ceil(bytes.length / MOST_BYTES));
  return Array.from({ length: parts }, (_, part) => {
    const header = Buffer.alloc(PART_HEADER);
    header.writeUInt32BE(part, 0);
    header.writeUInt32BE(parts, 4);
    header.writeDoubleBE(position, 8);
    return Buffer.concat([header, bytes.subarray(part * MOST_BYTES, (part + 1) * MOST_BYTES)]);
  });
}

/** How far a partition has come, from the record under its own key; null for any other record. */
export function progressIn({
  key,
  value,
}: Pick<LogRecord, 'key' | 'value'>): Pick<PartitionSnapshot, 'position' | 'watermarks'> | null {
  if (value === null || key === null || key.includes('/')) return null;
  const head = decode(value) as {
    readonly state?: StateHead;
    readonly snapshot: DetectorSnapshot | SharedTimeSnapshot;
  };
  if (head.state !== undefined) return head.state.partition;
  return 'partition' in head.snapshot ? head.snapshot.partition : head.snapshot;
}

/** The key of a detector's piece in the topic of states, that of its first record. */
export function pieceKey(partition: number, piece: string): string {
  return [String(partition), ...piece.split('\u0000').map(encodeURIComponent)].join('/');
}

/** The key of a further record of a piece. */
export function partKey(key: string, part: number): string {
  return part === 0 ? key : `${key}#${part}`;
}

/** The newest records of each partition's state, as bytes: of all that pass by, few are ever needed. */
export class StateTopic {
  readonly #partitions = new Map<number, Map<string, Buffer>>();

  constructor(private readonly topic: string) {}

  take({ key, value }: LogRecord): void {
    if (key === null) return;
    const name = key.toString();
    const partition = Number(name.split('/')[0]);
    let records = this.#partitions.get(partition);
    if (records === undefined) this.#partitions.set(partition, (records = new Map<string, Buffer>()));
    // A copy: the record is a part of a whole batch.
    if (value === null) records.delete(name);
    else records.set(name, Buffer.from(value));
  }

  /** All keys of a partition's state. */
  keysOf(partition: number): string[] {
    return [...(this.#partitions.get(partition)?.keys() ?? [])];
  }

  /** How many partitions the partials had when the first state was left; null where none says so. */
  get firstPartitions(): number | null {
    let least: number | null = null;
    for (const [partition, records] of this.#partitions) {
      const value = records.get(String(partition));
      if (value === undefined) continue;
      const head = this.#attempt(String(partition), () => decode(value)) as { readonly state?: StateHead } | null;
      const first = head?.state?.firstPartitions ?? null;
      if (first !== null) least = least === null ? first : Math.min(least, first);
    }
    return least;
  }

  /** Null where nothing was left. @throws DetectorStateError where it cannot be read, which is never taken for nothing. */
  of(partition: number): DetectorState | null {
    const records = this.#partitions.get(partition);
    if (records === undefined || records.size === 0) return null;
    const key = String(partition);
    const value = records.get(key);
    if (value === undefined)
      throw new DetectorStateError(this.topic, key, 'there are pieces of it, but not this record');
    const head = this.#attempt(key, () => decode(value)) as {
      readonly format: number;
      readonly readFrom: number;
      readonly snapshot: SharedTimeSnapshot | DetectorSnapshot | null;
      readonly state?: StoredHead;
    } | null;
    if (head?.format !== WHOLE)
      throw new DetectorStateError(this.topic, key, `its format is ${head?.format}, not ${WHOLE}`);
    const { readFrom, snapshot, state } = head;
    if (state === undefined) {
      if (snapshot === null) throw new DetectorStateError(this.topic, key, 'it has no content');
      return { readFrom, topicId: null, snapshot, setAside: [], damaged: [], keys: new Map() };
    }
    if (state.format !== IN_PIECES) {
      throw new DetectorStateError(this.topic, key, `its format is ${state.format}, not ${IN_PIECES}`);
    }
    const { topicId = null } = state;
    return { readFrom, topicId, ...this.#pieces(partition, records, state) };
  }

  /** The snapshot of a stream's piece; null where there is none. @throws Error where it cannot be read: the stream alone stays aside for that. */
  piece(partition: number, key: string): StoredPiece | null {
    const records = this.#partitions.get(partition);
    if (records?.has(key) !== true) return null;
    try {
      return pieceOf(records, key).piece;
    } catch (error) {
      throw new Error(`its state cannot be read (key ${key}): ${messageOf(error)}`, { cause: error });
    }
  }

  #pieces(partition: number, records: ReadonlyMap<string, Buffer>, head: StoredHead) {
    const first = [...records.keys()].filter((key) => key.includes('/') && !key.includes('#'));
    if (first.length !== head.pieces) {
      const reason = `it is of ${head.pieces} pieces, and there are ${first.length}`;
      throw new DetectorStateError(this.topic, String(partition), reason);
    }
    const keys = new Map<string, number>();
    const setAside = [...(head.setAside ?? []), ...this.#asides(records, first, keys)];
    const aside = new Set(setAside.map(({ stream }) => streamKey(partition, stream)));
    const pieces: SnapshotPiece[] = [{ kind: 'partition', partition: head.partition }];
    const damaged: { stream: Stream; reason: string }[] = [];
    for (const key of first) {
      if (keys.has(key)) continue;
      try {
        const { piece, parts } = pieceOf(records, key);
        keys.set(key, parts);
        if (piece.kind !== 'aside' && !aside.has(key)) pieces.push(piece);
      } catch (error) {
        const reason = messageOf(error);
        const stream = streamOf(key);
        // Of one stream: all others go on.
        if (stream === null) throw new DetectorStateError(this.topic, key, reason);
        keys.set(key, 1);
        if (!aside.has(key)) damaged.push({ stream, reason: `its state cannot be read (key ${key}): ${reason}` });
      }
    }
    const snapshot = joinPieces(pieces)!;
    return { snapshot, setAside, damaged, keys };
  }

  /** The streams that were set aside. @param keys takes their keys, and how many records each has. */
  #asides(records: ReadonlyMap<string, Buffer>, first: readonly string[], keys: Map<string, number>): SetAside[] {
    return first.filter(isAsideKey).flatMap((key) => {
      const { piece, parts } = this.#attempt(key, () => pieceOf(records, key));
      keys.set(key, parts);
      return piece.kind === 'aside' ? [piece.aside] : [];
    });
  }

  #attempt<Result>(key: string, read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      throw new DetectorStateError(this.topic, key, messageOf(error));
    }
  }
}

/** The key of a stream's piece. */
export function streamKey(partition: number, { model, version, role }: Stream): string {
  return pieceKey(partition, ['stream', model, version, role].join('\u0000'));
}

/** The key of what is kept of a stream that was set aside. */
export function asideKey(partition: number, { model, version, role }: Stream): string {
  return pieceKey(partition, [ASIDE, model, version, role].join('\u0000'));
}

function isAsideKey(key: string): boolean {
  return key.split('/')[1] === ASIDE;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @returns whose piece has a key; null where it is no stream's. */
function streamOf(key: string): Stream | null {
  const [, kind, ...names] = key.split('/').map(decodeURIComponent);
  if (kind !== 'stream' || names.length !== 3) return null;
  const [model, version, role] = names;
  return { model, version, role: role as Stream['role'] };
}

function pieceOf(records: ReadonlyMap<string, Buffer>, key: string): { piece: StoredPiece; parts: number } {
  const bytes: Buffer[] = [];
  let [parts, position] = [1, NaN];
  for (let part = 0; part < parts; part++) {
    const value = records.get(partKey(key, part));
    if (value === undefined) throw new Error(`record ${part + 1} of ${parts} is not there`);
    if (value.length < PART_HEADER || value.readUInt32BE(0) !== part) throw new Error('it is no piece of a state');
    if (part === 0) [parts, position] = [value.readUInt32BE(4), value.readDoubleBE(8)];
    else if (value.readDoubleBE(8) !== position) throw new Error('its records were written at different positions');
    bytes.push(value.subarray(PART_HEADER));
  }
  const piece = decode(Buffer.concat(bytes)) as StoredPiece | null;
  if (!['model', 'stream', 'controls', 'aside'].includes(piece?.kind ?? ''))
    throw new Error(`it is of the unknown kind ${piece?.kind}`);
  return { piece: piece!, parts };
}

/** JSON, with the numbers that JSON lacks as {"$number": "-Infinity"}, compressed outside of the event loop. */
function encode(value: unknown): Promise<Buffer> {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'number' && !Number.isFinite(part) ? { $number: String(part) } : part,
  );
  return compress(text, { level: 1 });
}

/** @throws Error where it is neither JSON nor that compressed. */
function decode(value: Buffer): unknown {
  // One of an older version is not compressed.
  const text = value[0] === GZIP[0] && value[1] === GZIP[1] ? gunzipSync(value) : value;
  return JSON.parse(text.toString('utf8'), (_, part: unknown) =>
    typeof part === 'object' && part !== null && '$number' in part ? Number(part.$number) : part,
  );
}
