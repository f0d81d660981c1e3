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
import { keptOrigin, originHeaders, originIn } from './label-origin.js';
import { LabelJoiner, NOTHING_JOINED, type JoinedBatch, type PartialMessage } from './label-joiner.js';
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
/** So many waiting labels are looked at again at a time. */
const MOST_REVISITED = 10_000;

export interface LabelContext {
  readonly topics: Topics;
  readonly group: string;
  readonly decoder: GroundTruthDecoder;
  readonly writer: RecordWriter;
  readonly store: OutcomeStore;
  readonly knowledge: StreamKnowledge;
  /** Partitions of the ground-truth topic. */
  readonly partitions: number;
  readonly commitInterval: number;
  /** Milliseconds between two looks at labels that wait. */
  readonly revisitInterval: number;
  readonly now: () => number;
  readonly onLabels?: (partition: number, report: LabelReport) => void;
  readonly onRevisit?: (partition: number, report: RevisitReport) => void;
}

type TurnedAway = Pick<LogRecord, 'topic' | 'partition' | 'offset' | 'timestamp' | 'key' | 'value'>;

/** What one commit wrote. */
export interface LabelReport extends Omit<JoinedBatch, 'partials' | 'messages' | 'joinedOf' | 'refused'> {
  readonly records: number;
  readonly deadLetters: readonly FaultyRecord[];
  readonly partials: number;
  /** Labels sent on to the partition where all labels of their event are. */
  readonly forwarded: number;
}

/** What became of labels that waited. */
export interface RevisitReport {
  /** Sent again, as their predictions have come. */
  readonly sent: number;
  /** Given up. */
  readonly orphaned: number;
  /** Still waiting, by the last look that came to the end of them, or so far by the first. */
  readonly waiting: number;
}

/**
 * One partition of the ground-truth topic. A commit writes the labels and what they have met to the store, where all of it counts
 * from the committed offset on, and then the outcomes with that offset in one transaction.
 */
export class LabelTask implements PartitionTask {
  readonly #joiner: LabelJoiner;
  readonly #source: string;
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
  #revisited = -1;
  /** Labels that the looks since the beginning found waiting still, and how many they were when the end was reached last. */
  #stillWaiting = 0;
  #waiting: number | null = null;

  constructor(
    private readonly partition: number,
    private readonly producer: TransactionalProducer,
    private readonly context: LabelContext,
  ) {
    const { writer } = context;
    this.#joiner = new LabelJoiner(
      context.store,
      context.knowledge,
      (partial) => writer.encodePartial(partial, MOST_PARTIAL_BYTES),
      ({ truth, record }) => (record.length <= MOST_WAITING_BYTES ? record : writer.encode('GroundTruth', truth)),
    );
    this.#source = `${context.topics.groundTruth}/${partition}`;
    const monitorOf = (model: string) => context.knowledge.monitorOf({ model, version: '*', role: 'champion' });
    this.#orphans = new OrphanWatch(this.#source, monitorOf, context.store.database);
    this.#lastCommitAt = context.now();
  }

  /** Takes records until a commit is due. @returns how many. @throws ContractsError where the registry fails. */
  async take(records: readonly LogRecord[]): Promise<number> {
    const { decoder, now } = this.context;
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
      if (decoded.ok) this.#accept(record, decoded.record, at);
      else this.#turnAway(record, decoded, at);
    }
    this.#records += taken;
    return taken;
  }

  get due(): boolean {
    return (
      this.#first !== null && (this.#full || this.context.now() - this.#lastCommitAt >= this.context.commitInterval)
    );
  }

  /** Writes what came of the labels since the last commit: all of it counts, or none and the records are read again. */
  async commit(): Promise<void> {
    const first = this.#first;
    const joined =
      first === null || this.#labels.length === 0
        ? NOTHING_JOINED
        : await this.#joiner.join({ source: this.#source, first, end: this.#next }, this.#labels);
    const { joinedOf, partials, messages, refused, ...counts } = joined;
    for (const { label, fault } of refused) this.#turnAway(this.#recordOf(label), fault, this.context.now());
    if (first !== null) await this.#write(messages);
    for (const [model, labels] of joinedOf) this.#orphans.count(model, 'met', labels, this.context.now());
    const report = {
      ...counts,
      records: this.#records,
      deadLetters: this.#faults.map(({ fault }) => fault),
      partials: partials.length,
      forwarded: this.#forwards.length,
    };
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

  /**
   * Looks at some labels that wait. Those whose prediction has come are sent again: a label that counts already and comes again
   * changes nothing, so it does no harm where this is repeated after a crash.
   */
  async #revisit(): Promise<RevisitReport> {
    const { store, topics, now } = this.context;
    const batch = { source: this.#source };
    const seen = await store.revisitWaitingLabels(batch, this.#revisited, MOST_REVISITED);
    const last = seen.length < MOST_REVISITED;
    this.#revisited = last ? -1 : seen[seen.length - 1].offset;
    const found = seen.filter((label) => label.found);
    const orphans = seen.filter((label) => !label.found && label.waitsUntil <= now());
    if (found.length > 0) {
      const records = found.map(({ eventId: key, record: value, offset, origin }) => {
        const headers = originHeaders(origin ?? { source: this.#source, offset });
        return { topic: topics.groundTruth, partition: this.partition, key, value, headers };
      });
      await this.producer.commit({ records });
      await store.settleWaitingLabels(batch, found, 'joined');
    }
    if (orphans.length > 0) await store.settleWaitingLabels(batch, orphans, 'orphaned');
    for (const { model } of orphans) this.#orphans.count(model, 'orphaned', 1, now());
    await this.#tell();
    this.#lastRevisitAt = now();
    this.#stillWaiting += seen.length - found.length - orphans.length;
    const waiting = last ? this.#stillWaiting : (this.#waiting ?? this.#stillWaiting);
    if (last) [this.#waiting, this.#stillWaiting] = [waiting, 0];
    return { sent: found.length, orphaned: orphans.length, waiting };
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
  #accept(read: LogRecord, truth: ArrivedLabel['truth'], at: number): void {
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
      this.#labels.push({ truth, offset, ...this.#originOf(read), sentAt, record });
    }
  }

  /** Where a label came first. One that was not sent here by us came here first, whatever it says. */
  #originOf(record: LogRecord): Pick<ArrivedLabel, 'origin'> {
    const origin = originIn(record);
    return origin?.source === this.#source && origin.offset < record.offset ? { origin } : {};
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

  async #write(messages: readonly PartialMessage[]): Promise<void> {
    const { topics, group } = this.context;
    await this.producer.commit({
      records: [
        ...messages.map((message) => ({ topic: topics.partials, ...message })),
        ...this.#faults.map(({ record }) => record),
        ...this.#forwards,
      ],
      consumed: { group, topic: topics.groundTruth, offsets: new Map([[this.partition, this.#next]]) },
    });
  }
}
