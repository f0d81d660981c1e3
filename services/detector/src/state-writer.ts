import {
  streamId,
  type ControlsSnapshot,
  type Detector,
  type ModelSnapshot,
  type PartitionSnapshot,
  type Stream,
  type StreamFailure,
} from '@tidemark/monitoring';
import { TimeSlice } from '@tidemark/runtime';
import type { OutRecord } from '@tidemark/transport';
import {
  asideKey,
  encodeHead,
  encodePiece,
  partKey,
  pieceKey,
  streamKey,
  type DetectorState,
  type SetAside,
  type StoredPiece,
} from './detector-state.js';

interface Written {
  /** Whose revision it is; null: that of a process before. */
  readonly of: object | null;
  readonly revision: number;
  readonly parts: number;
}

/** What was known of the partition when the state was last written: with it, a stream that fails later can be gone on with from there. */
interface LastWritten {
  readonly readFrom: number;
  /** Null where they are not known: `readFrom` holds for all. */
  readonly firstOffsets: ReadonlyMap<string, number> | null;
  readonly partition: PartitionSnapshot | null;
  readonly controls: ControlsSnapshot | null;
  readonly models: ReadonlyMap<string, ModelSnapshot>;
}

/** What is to be written of a state, and what is true once it has been. */
export interface StateChange {
  readonly records: readonly OutRecord[];
  readonly readFrom: number;
  /** Streams that were set aside as their pieces could not be made. */
  readonly failures: readonly StreamFailure[];
  /** To be called once it has been committed. */
  readonly committed: () => void;
}

/** Where a state is written. */
export interface StatePlace {
  /** The topic of states. */
  readonly topic: string;
  /** Of the partials, and so of the states. */
  readonly partition: number;
  /** How many partitions the partials had when the first state was left. */
  readonly firstPartitions: number;
  /** The id of the partials' topic; null or absent where it has none. */
  readonly topicId?: string | null;
}

/** Writes the state of one partition: the pieces that have changed since they were written, and the record that says what belongs together. */
export class StateWriter {
  #written = new Map<string, Written>();
  /** Of the models that the state has. */
  #models = new Map<string, ModelSnapshot>();
  #controls: ControlsSnapshot | null = null;
  #last: LastWritten = { readFrom: 0, firstOffsets: null, partition: null, controls: null, models: new Map() };
  readonly #aside = new Map<string, SetAside>();

  #topicId: string | null;
  /** Where the topic of the partials was made anew since the state was written: the first offset of the new one. */
  #newFrom: number | null = null;

  constructor(
    private readonly place: StatePlace,
    private readonly detector: Detector,
    private readonly onSetAside?: (partition: number, failure: StreamFailure) => void,
  ) {
    this.#topicId = place.topicId ?? null;
  }

  get setAside(): readonly SetAside[] {
    return [...this.#aside.values()];
  }

  /** Takes note of what a predecessor left: the detector has been restored from it. */
  begin({ readFrom, topicId, setAside, keys, snapshot }: DetectorState): void {
    // Where it is another, `continueFrom` says so next.
    this.#topicId = topicId ?? this.#topicId;
    for (const each of setAside) this.#aside.set(streamId(each.stream), each);
    // A new process counts revisions anew: everything is written once.
    for (const [key, parts] of keys) this.#written.set(key, { of: null, revision: NaN, parts });
    this.#last = { ...this.#last, readFrom };
    if (!('partition' in snapshot)) return;
    const models = new Map(snapshot.models.map((model) => [model.model, model]));
    const { partition, controls = this.#last.controls } = snapshot;
    this.#last = { ...this.#last, partition, controls, models };
  }

  /** Takes note of the changes that were in force before any state said so. */
  beginUnder(controls: ControlsSnapshot): void {
    this.#last = { ...this.#last, controls };
  }

  /** The first offset that is ever read, where no state says so. */
  beginAt(offset: number): void {
    if (this.#last.partition === null && this.#last.readFrom === 0) this.#last = { ...this.#last, readFrom: offset };
  }

  /** Records are new from an offset on. In another log, what waits for streams that are set aside begins there too. */
  continueFrom(offset: number, topicId: string | null): void {
    const position = this.#last.partition?.position ?? 0;
    if (topicId === this.#topicId && offset >= position) return;
    this.#topicId = topicId;
    this.#newFrom = offset;
    for (const [id, each] of this.#aside) this.#aside.set(id, { ...each, readFrom: offset, newFrom: offset });
  }

  /** Keeps what it takes to go on with the streams that the detector has set aside: their pieces stay as they were written last. */
  noteFailures(): StreamFailure[] {
    const failures = this.detector.takeFailures();
    for (const failure of failures) this.#keep(failure);
    return failures;
  }

  #keep(failure: StreamFailure): void {
    const { stream, offset, error } = failure;
    const reason = error.message;
    this.onSetAside?.(this.place.partition, failure);
    const id = streamId(stream);
    // One that could not be brought back: what it is to go on from stays.
    const before = this.#aside.get(id);
    if (before !== undefined) {
      this.#aside.set(id, { ...before, reason });
      return;
    }
    const { partition, controls, models, firstOffsets } = this.#last;
    const anew = this.#newFrom;
    const readFrom = anew ?? this.#last.readFrom;
    const model = models.get(stream.model);
    const own = model?.streams.filter(({ version, role }) => version === stream.version && role === stream.role);
    this.#aside.set(id, {
      ...{ stream, offset, reason, partition, controls },
      readFrom:
        anew !== null || firstOffsets === null || partition === null
          ? readFrom
          : (firstOffsets.get(id) ?? partition.position),
      ...(anew === null ? {} : { newFrom: anew }),
      model: model === undefined ? null : { ...model, streams: own ?? [] },
    });
  }

  forget(stream: Stream): void {
    this.#aside.delete(streamId(stream));
  }

  /** What has changed. A stream whose piece cannot be made is set aside by the detector. Lets the event loop have its turns. */
  async changes(): Promise<StateChange> {
    const { detector } = this;
    const { topic, partition, firstPartitions } = this.place;
    const records: OutRecord[] = [];
    const next = new Map<string, Written>();
    const models = new Map<string, ModelSnapshot>();
    const record = (key: string, value: Buffer | null): void => {
      records.push({ topic, partition, key, value });
    };
    let whole: PartitionSnapshot | null = null;
    const write = async (key: string, made: Omit<Written, 'parts'>, piece: StoredPiece): Promise<void> => {
      const values = await encodePiece(piece, whole?.position ?? 0);
      values.forEach((value, part) => record(partKey(key, part), value));
      const before = this.#written.get(key)?.parts ?? 0;
      for (let part = values.length; part < before; part++) record(partKey(key, part), null);
      next.set(key, { ...made, parts: values.length });
    };
    const time = new TimeSlice();
    for (const piece of detector.pieces()) {
      if (time.spent) await time.yield();
      const key = pieceKey(partition, piece.key);
      const before = this.#written.get(key);
      const [kind, model, version, role] = piece.key.split('\u0000');
      const known = this.#models.get(model);
      if (before !== undefined && before.of === piece.of && before.revision === piece.revision) {
        next.set(key, before);
        if (kind === 'model' && known !== undefined) models.set(model, known);
        continue;
      }
      try {
        const snapshot = piece.snapshot();
        if (snapshot.kind === 'partition') {
          whole = snapshot.partition;
          continue;
        }
        if (snapshot.kind === 'model') models.set(model, snapshot.model);
        if (snapshot.kind === 'controls') this.#controls = snapshot.controls;
        await write(key, { of: piece.of, revision: piece.revision }, snapshot);
      } catch (error) {
        if (kind !== 'stream') throw error;
        detector.setAside({ model, version, role: role as Stream['role'] }, error);
      }
    }
    const failures = this.noteFailures();
    for (const aside of this.#aside.values()) {
      const key = asideKey(partition, aside.stream);
      const before = this.#written.get(key);
      // It is another object once anything of it has changed.
      if (before?.of === aside) next.set(key, before);
      else await write(key, { of: aside, revision: 0 }, { kind: 'aside', aside });
    }
    const kept = new Set(this.setAside.map(({ stream }) => streamKey(partition, stream)));
    for (const [key, { parts }] of this.#written) {
      if (next.has(key)) continue;
      if (kept.has(key)) next.set(key, { of: null, revision: NaN, parts });
      else for (let part = 0; part < parts; part++) record(partKey(key, part), null);
    }
    this.#models = models;
    const readFrom = detector.oldestNeeded;
    const topicId = this.#topicId;
    const head = { readFrom, topicId, firstPartitions, partition: whole!, pieces: next.size };
    record(String(partition), await encodeHead(head));
    const { firstOffsets } = detector;
    const committed = (): void => {
      this.#written = next;
      this.#newFrom = null;
      this.#last = { readFrom, firstOffsets, partition: whole, controls: this.#controls, models };
    };
    return { records, readFrom, failures, committed };
  }
}
