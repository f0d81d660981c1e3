import {
  deadLetterOf,
  type DeadLetter,
  type EventDecoder,
  type FaultyRecord,
  type RecordWriter,
  type Topics,
} from '@tidemark/contracts';
import type { LabelingSnapshot, ModelWatermark, StreamKnowledge } from '@tidemark/monitoring';
import { TimeSlice, type PartitionTask } from '@tidemark/runtime';
import { partitionOf, type LogRecord, type OutRecord, type TransactionalProducer } from '@tidemark/transport';
import { EventFold, type Pause } from './event-fold.js';
import { encodeLabelingState } from './labeling-state.js';

/** The service's name in dead letters. */
const SERVICE = 'sketcher';
/** What a dead letter keeps of a record: what its topic takes (12 MiB), with room for what surrounds it. */
const MOST_LETTER_VALUE_BYTES = 11 << 20;
const MOST_LETTER_KEY_BYTES = 64 << 10;
/** Faulty records are kept until the commit; so many bytes of them bring it forward. */
const MOST_FAULTY_BYTES = 16 << 20;
/** Milliseconds between the watermarks of an idle partition. */
const IDLE_HEARTBEAT = 5000;

/** What the tasks of all partitions share. */
export interface TaskContext {
  readonly topics: Topics;
  readonly group: string;
  readonly decoder: EventDecoder;
  readonly writer: RecordWriter;
  readonly knowledge: StreamKnowledge;
  readonly sourcePartitions: number;
  readonly partialsPartitions: number;
  readonly commitInterval: number;
  readonly idleTimeout: number;
  readonly now: () => number;
  readonly onCommit?: (partition: number, report: CommitReport) => void;
}

/** What one commit wrote. */
export interface CommitReport {
  readonly records: number;
  readonly deadLetters: readonly FaultyRecord[];
  readonly partials: number;
  readonly labelingRequests: number;
  /** The greatest event time seen, milliseconds since the epoch; -Infinity before the first event. */
  readonly watermark: number;
}

/**
 * One partition of the event topic: decodes and folds its records, and commits what came of them. Holds nothing between commits
 * that reading the records again would not bring back.
 */
export class SketcherTask implements PartitionTask {
  readonly #fold: EventFold;
  #faults: DeadLetter[] = [];
  #faultyBytes = 0;
  #records = 0;
  #next: number | null = null;
  readonly #since: number;
  #lastRecordAt: number;
  #lastCommitAt: number;
  #announced = false;

  constructor(
    private readonly partition: number,
    private readonly producer: TransactionalProducer,
    private readonly context: TaskContext,
    /** What its former owner had spent of the labelling budgets. */
    spent: LabelingSnapshot,
  ) {
    this.#fold = new EventFold(context, spent, (record, fault, at) => this.#keep(record, fault, at));
    this.#since = this.#lastRecordAt = this.#lastCommitAt = context.now();
  }

  /** What was read of the log before is written with the next commit, but no offset of it may be committed to the one that took its place. */
  continueFrom(): void {
    this.#next = null;
  }

  /** Folds records in until a commit is due. @returns how many. @throws ContractsError where a schema has to be fetched and the registry fails. */
  async take(records: readonly LogRecord[]): Promise<number> {
    const at = this.context.now();
    const taken = await this.#fold.take(records, at, pauses());
    this.#records += taken;
    this.#next = records[taken - 1].offset + 1;
    this.#lastRecordAt = at;
    return taken;
  }

  /** Whether the commit interval has passed and there is anything to say. */
  get due(): boolean {
    if (this.#faultyBytes >= MOST_FAULTY_BYTES || this.#fold.full) return true;
    const sinceCommit = this.context.now() - this.#lastCommitAt;
    if (this.#next !== null || !this.#announced) return sinceCommit >= this.context.commitInterval;
    return this.#idleFor() > 0 && sinceCommit >= IDLE_HEARTBEAT;
  }

  /**
   * Writes all that came of the records since the last commit, the watermark and the offset in one transaction: all of it
   * is seen, or none and the records are read again.
   */
  async commit(): Promise<void> {
    const { topics, group, onCommit } = this.context;
    const { partials, requests, partialCount, models, spent } = await this.#fold.drain(pauses());
    const faults = this.#faults;
    const records: OutRecord[] = [
      ...partials.map((message) => ({ topic: topics.partials, ...message })),
      ...faults.map((letter) => this.#deadLetter(letter)),
      ...requests.map((request) => ({ topic: topics.labelingRequests, ...request })),
      ...this.#spent(spent),
      // After the partials, so that in each partition what a watermark closes has already been read.
      ...this.#watermarks(models),
    ];
    const consumed = this.#next === null ? {} : { consumed: this.#consumed(group, topics.events, this.#next) };
    await this.producer.commit({ records, ...consumed });
    const report = {
      records: this.#records,
      deadLetters: faults.map(({ reason, detail }) => ({ ok: false, reason, detail }) as const),
      partials: partialCount,
      labelingRequests: requests.length,
      watermark: this.#fold.watermark,
    };
    this.#faults = [];
    this.#faultyBytes = 0;
    this.#records = 0;
    this.#next = null;
    this.#announced = true;
    this.#lastCommitAt = this.context.now();
    onCommit?.(this.partition, report);
  }

  /** Drains. Should another owner have fenced us already, it reads the records again. */
  close(): Promise<void> {
    return this.commit();
  }

  #consumed(group: string, topic: string, next: number) {
    return { group, topic, offsets: new Map([[this.partition, next]]) };
  }

  /** Keeps what the dead letter will hold, in memory of its own: the record's lies in that of a whole answer of the broker. */
  #keep(record: LogRecord, fault: FaultyRecord, at: number): void {
    const key = record.key === null ? null : Buffer.from(record.key.subarray(0, MOST_LETTER_KEY_BYTES));
    const origin = { ...record, offset: String(record.offset), key };
    const letter = deadLetterOf(origin, fault, SERVICE, at, MOST_LETTER_VALUE_BYTES);
    this.#faults.push({ ...letter, value: letter.value === null ? null : Buffer.from(letter.value) });
    this.#faultyBytes += (key?.length ?? 0) + (letter.value?.length ?? 0);
  }

  #deadLetter(letter: DeadLetter): OutRecord {
    const { key } = letter;
    const value = this.context.writer.encode('DeadLetter', letter);
    return { topic: this.context.topics.deadLetters, key: key === null ? null : Buffer.from(key), value };
  }

  /** What a successor must know of the budgets; nothing where nobody is asked to label. */
  #spent(snapshot: LabelingSnapshot | null): OutRecord[] {
    if (snapshot === null) return [];
    const key = String(this.partition);
    return [{ topic: this.context.topics.labelingState, key, value: encodeLabelingState(snapshot) }];
  }

  /** A record for each partition of the partials: each hears of the models whose partials it has. */
  #watermarks(models: readonly ModelWatermark[]): OutRecord[] {
    const { topics, writer, sourcePartitions, partialsPartitions, idleTimeout, now } = this.context;
    const byPartition = new Map<number, ModelWatermark[]>();
    for (const each of models) {
      const partition = partitionOf(Buffer.from(each.model), partialsPartitions);
      const there = byPartition.get(partition);
      if (there === undefined) byPartition.set(partition, [each]);
      else there.push(each);
    }
    const source = {
      sourcePartition: this.partition,
      sourcePartitions,
      watermark: this.#fold.watermark,
      idleFor: this.#idleFor(),
    };
    const reader = { clock: now(), since: this.#since, idleTimeout, partialsPartitions };
    const encode = (of: readonly ModelWatermark[]): Buffer =>
      writer.encode('SourceWatermark', { ...source, reader: { ...reader, models: of } });
    const ofNoModel = encode([]);
    return Array.from({ length: partialsPartitions }, (_, partition) => {
      const there = byPartition.get(partition);
      const value = there === undefined ? ofNoModel : encode(there);
      return { topic: topics.partials, partition, key: null, value };
    });
  }

  #idleFor(): number {
    const idleFor = this.context.now() - this.#lastRecordAt;
    return idleFor >= this.context.idleTimeout ? idleFor : 0;
  }
}

/** Folding many records, segments and columns is long work: everything else in the process gets its turn meanwhile. */
function pauses(): Pause {
  const time = new TimeSlice();
  return async () => {
    if (time.spent) await time.yield();
  };
}
