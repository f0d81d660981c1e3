import {
  deadLetterOf,
  refusalOf,
  soundTimestamp,
  type FaultyRecord,
  type GroundTruthDecoder,
  type RecordWriter,
  type Topics,
} from '@tidemark/contracts';
import { OrphanWatch, type StreamKnowledge } from '@tidemark/monitoring';
import type { PartitionTask } from '@tidemark/runtime';
import { partitionOf, type LogRecord, type OutRecord, type TransactionalProducer } from '@tidemark/transport';
import { keptOrigin, originOf } from './label-origin.js';
import { LabelSources } from './label-sources.js';
import { presentTopic } from './present-topic.js';
import { WaitingLabels, type RevisitReport } from './waiting-labels.js';
import { LabelJoiner, type JoinedBatch, type PartialMessage } from './label-joiner.js';
import type { OutcomeStore } from './outcome-store.js';
import type { ArrivedLabel } from './arrived-label.js';

/** The service's name in dead letters. */
const SERVICE = 'outcomes';
/** Partials wider than this go in several messages: Kafka's default limit is 1 MiB, some of it overhead. */
const MOST_PARTIAL_BYTES = 900_000;
const MOST_LETTER_VALUE_BYTES = 11 << 20;
const MOST_LETTER_KEY_BYTES = 64 << 10;
/** So many labels, or bytes of records that are kept until the commit, bring it forward. */
const MOST_LABELS = 10_000;
const MOST_KEPT_BYTES = 16 << 20;
/** Of a longer record only what a label is made of is kept while it waits: thousands are held in memory when they are looked at again. */
const MOST_WAITING_BYTES = 4096;

export interface LabelContext {
  readonly topics: Topics;
  readonly group: string;
  readonly decoder: GroundTruthDecoder;
  readonly writer: RecordWriter;
  readonly store: OutcomeStore;
  readonly knowledge: StreamKnowledge;
  /** Partitions of the ground-truth topic. */
  readonly partitions: number;
  /** The offsets that are committed of them. */
  readonly committed: () => Promise<ReadonlyMap<number, number>>;
  readonly commitInterval: number;
  /** Milliseconds between two looks at labels that wait. */
  readonly revisitInterval: number;
  readonly now: () => number;
  readonly onLabels?: (partition: number, report: LabelReport) => void;
  readonly onRevisit?: (partition: number, report: RevisitReport) => void;
}

type TurnedAway = Pick<LogRecord, 'topic' | 'partition' | 'offset' | 'timestamp' | 'key' | 'value'>;

/** Labels that were taken and not committed. */
interface Taken {
  readonly sources: LabelSources;
  readonly first: number;
  readonly end: number;
  readonly labels: readonly ArrivedLabel[];
}

/** What one commit wrote. */
export interface LabelReport extends Omit<JoinedBatch, 'partials' | 'messages' | 'joinedOf' | 'refused'> {
  readonly records: number;
  readonly deadLetters: readonly FaultyRecord[];
  readonly partials: number;
  /** Labels sent on to the partition where all labels of their event are. */
  readonly forwarded: number;
}

/**
 * One partition of the ground-truth topic. A commit writes the labels and what they have met to the store, where all of it counts
 * from the committed offset on, and then the outcomes with that offset in one transaction.
 */
export class LabelTask implements PartitionTask {
  readonly #joiner: LabelJoiner;
  #sources: LabelSources | null = null;
  #waiting: WaitingLabels[] = [];
  readonly #orphans: OrphanWatch;
  #labels: ArrivedLabel[] = [];
  #faults: { readonly fault: FaultyRecord; readonly record: OutRecord }[] = [];
  #forwards: OutRecord[] = [];
  #keptBytes = 0;
  #records = 0;
  #first: number | null = null;
  #next = 0;
  #lastCommitAt: number;
  #lastRevisitAt = -Infinity;
  /** What was taken of a topic that has been made anew since, and is not committed. */
  #displaced: Taken[] = [];

  constructor(
    private readonly partition: number,
    private readonly producer: TransactionalProducer,
    private readonly context: LabelContext,
    /** Of the topic as it is now. */
    private topicId: string | null = null,
  ) {
    const { writer } = context;
    this.#joiner = new LabelJoiner(
      context.store,
      context.knowledge,
      (partial) => writer.encodePartial(partial, MOST_PARTIAL_BYTES),
      ({ truth, record }) => (record.length <= MOST_WAITING_BYTES ? record : writer.encode('GroundTruth', truth)),
    );
    const monitorOf = (model: string) => context.knowledge.monitorOf({ model, version: '*', role: 'champion' });
    this.#orphans = new OrphanWatch(`${context.topics.groundTruth}/${partition}`, monitorOf, context.store.database);
    this.#lastCommitAt = context.now();
  }

  /** What was taken before is of the log as it was: it is joined as such, and its offsets are not committed. */
  continueFrom(_offset: number, topicId: string | null): void {
    if (this.#sources !== null && this.#first !== null) {
      this.#displaced.push({ sources: this.#sources, first: this.#first, end: this.#next, labels: this.#labels });
      this.#labels = [];
      this.#first = null;
    }
    if (topicId === null || topicId === this.topicId) return;
    this.topicId = topicId;
    this.#sources = null;
  }

  /** Takes records until a commit is due. @returns how many. @throws ContractsError where the registry fails. */
  async take(records: readonly LogRecord[]): Promise<number> {
    const { decoder, now } = this.context;
    const sources = await this.#findSources();
    const at = now();
    let taken = 0;
    for (const record of records) {
      if (this.#full) break;
      taken++;
      this.#first ??= record.offset;
      this.#next = record.offset + 1;
      const { refused } = record;
      if (refused !== undefined) {
        this.#turnAway(record, refusalOf({ ...record, refused }), at);
        continue;
      }
      const needed = decoder.needsSchema(record.value, at);
      if (needed !== null) await decoder.prepare(needed, at);
      const decoded = decoder.decode(record.value, at);
      if (decoded.ok) this.#accept(record, decoded.record, at, sources);
      else this.#turnAway(record, decoded, at);
    }
    this.#records += taken;
    return taken;
  }

  get due(): boolean {
    return (
      (this.#first !== null || this.#displaced.length > 0) &&
      (this.#full || this.context.now() - this.#lastCommitAt >= this.context.commitInterval)
    );
  }

  /** Writes what came of the labels since the last commit: all of it counts, or none and the records are read again. */
  async commit(): Promise<void> {
    const first = this.#first;
    const batches = [...this.#displaced];
    if (first !== null) {
      batches.push({ sources: await this.#findSources(), first, end: this.#next, labels: this.#labels });
    }
    const joined: JoinedBatch[] = [];
    for (const { sources, first: from, end, labels } of batches) {
      if (labels.length === 0) continue;
      const committed = sources.siblings.size === 0 ? new Map<number, number>() : await this.context.committed();
      joined.push(await this.#joiner.join(sources.batch(from, end, committed), labels));
    }
    for (const { label, fault } of joined.flatMap(({ refused }) => refused)) {
      this.#turnAway(this.#recordOf(label), fault, this.context.now());
    }
    if (batches.length > 0) {
      const messages = joined.flatMap((each) => each.messages);
      await this.#write(messages, first === null ? null : this.#next);
    }
    for (const [model, labels] of joined.flatMap(({ joinedOf }) => [...joinedOf])) {
      this.#orphans.count(model, 'met', labels, this.context.now());
    }
    const sumOf = (count: (each: JoinedBatch) => number): number => joined.reduce((sum, each) => sum + count(each), 0);
    const report = {
      joined: sumOf((each) => each.joined),
      corrected: sumOf((each) => each.corrected),
      waiting: sumOf((each) => each.waiting),
      unlogged: sumOf((each) => each.unlogged),
      records: this.#records,
      deadLetters: this.#faults.map(({ fault }) => fault),
      partials: sumOf(({ partials }) => partials.length),
      forwarded: this.#forwards.length,
    };
    this.#displaced = [];
    this.#labels = [];
    this.#faults = [];
    this.#forwards = [];
    this.#keptBytes = 0;
    this.#records = 0;
    this.#first = null;
    this.#lastCommitAt = this.context.now();
    if (report.records > 0) this.context.onLabels?.(this.partition, report);
  }

  /** Looks at labels that wait, as often as `revisitInterval` says. */
  async tick(): Promise<void> {
    if (this.context.now() - this.#lastRevisitAt < this.context.revisitInterval) return;
    const report = await this.#revisit();
    this.context.onRevisit?.(this.partition, report);
  }

  /** Drains. Should another owner have fenced us already, it reads the records again. */
  close(): Promise<void> {
    return this.commit();
  }

  async #revisit(): Promise<RevisitReport> {
    await this.#findSources();
    const total = { sent: 0, orphaned: 0, waiting: 0 };
    for (const waiting of this.#waiting) {
      const { sent, orphaned, waiting: still } = await waiting.revisit();
      total.sent += sent;
      total.orphaned += orphaned;
      total.waiting += still;
    }
    // None is added where labels were written under another name of this topic's.
    const own = this.#waiting.at(-1);
    this.#waiting = this.#waiting.filter((each) => each === own || !each.empty);
    await this.#tell();
    this.#lastRevisitAt = this.context.now();
    return total;
  }

  /** Looks up where labels of this partition's events lie, once for each topic that it is read of. */
  async #findSources(): Promise<LabelSources> {
    if (this.#sources !== null) return this.#sources;
    const { store, topics, partitions } = this.context;
    const found = await presentTopic(store, topics.groundTruth, this.topicId, partitions);
    const sources = new LabelSources(topics.groundTruth, found, this.partition, partitions);
    const { producer, context } = this;
    this.#waiting = sources.waiting.map((source) => new WaitingLabels(source, producer, this.#orphans, context));
    return (this.#sources = sources);
  }

  /** To the store first, as the detector does: what is told twice has one id. */
  async #tell(): Promise<void> {
    const events = this.#orphans.events();
    if (events.length === 0) return;
    const { store, topics, writer } = this.context;
    await store.writeDriftEvents(events);
    const records = events.map((event) => {
      return { topic: topics.driftEvents, key: event.stream.model, value: writer.encode('DriftEvent', event) };
    });
    await this.producer.commit({ records });
  }

  get #full(): boolean {
    return this.#labels.length >= MOST_LABELS || this.#keptBytes >= MOST_KEPT_BYTES;
  }

  /** @param at the clock, beyond which no label was sent, whatever its producer says. */
  #accept(read: LogRecord, truth: ArrivedLabel['truth'], at: number, sources: LabelSources): void {
    const { partitions, topics } = this.context;
    const { offset } = read;
    const record = Buffer.from(read.value!);
    this.#keptBytes += record.length;
    const home = partitionOf(Buffer.from(truth.eventId), partitions);
    // What holds of an event's labels is told within their partition: one that was sent without its key, or by a client that
    // divides keys otherwise, goes there first.
    if (home !== this.partition) {
      this.#forwards.push({
        topic: topics.groundTruth,
        partition: home,
        key: truth.eventId,
        value: record,
        ...keptOrigin(read),
      });
    } else {
      const sentAt = Math.min(soundTimestamp(read.timestamp), at);
      this.#labels.push({ truth, offset, ...originOf(read, sources), sentAt, record });
    }
  }

  #recordOf({ truth, offset, sentAt, record }: ArrivedLabel): TurnedAway {
    const { partition } = this;
    const { groundTruth: topic } = this.context.topics;
    return { topic, partition, offset, timestamp: sentAt, key: Buffer.from(truth.eventId), value: record };
  }

  #turnAway(record: TurnedAway, fault: FaultyRecord, at: number): void {
    const key = record.key === null ? null : Buffer.from(record.key.subarray(0, MOST_LETTER_KEY_BYTES));
    const origin = { ...record, offset: String(record.offset), key };
    const letter = deadLetterOf(origin, fault, SERVICE, at, MOST_LETTER_VALUE_BYTES);
    const value = this.context.writer.encode('DeadLetter', letter);
    this.#keptBytes += value.length;
    this.#faults.push({ fault, record: { topic: this.context.topics.deadLetters, key, value } });
  }

  /** @param next the offset to commit; null where nothing was taken of the topic as it is. */
  async #write(messages: readonly PartialMessage[], next: number | null): Promise<void> {
    const { topics, group } = this.context;
    const offsets = next === null ? null : new Map([[this.partition, next]]);
    await this.producer.commit({
      records: [
        ...messages.map((message) => ({ topic: topics.partials, ...message })),
        ...this.#faults.map(({ record }) => record),
        ...this.#forwards,
      ],
      ...(offsets === null ? {} : { consumed: { group, topic: topics.groundTruth, offsets } }),
    });
  }
}
