import { EventBatches, soundTimestamp, type EventDecoder, type Topics } from '@tidemark/contracts';
import type { StreamKnowledge } from '@tidemark/monitoring';
import { TimeSlice, type PartitionTask } from '@tidemark/runtime';
import type { PredictionRow } from '@tidemark/store';
import type { LogRecord, TransactionalProducer } from '@tidemark/transport';
import type { OutcomeStore } from './outcome-store.js';
import { presentTopic } from './present-topic.js';
import { PredictionRows } from './prediction-rows.js';

/** So many rows are written without waiting for the commit interval. */
const MOST_ROWS = 10_000;

export interface PredictionContext {
  readonly topics: Topics;
  readonly group: string;
  readonly decoder: EventDecoder;
  readonly store: OutcomeStore;
  readonly knowledge: StreamKnowledge;
  /** Partitions of the event topic. */
  readonly partitions: number;
  readonly commitInterval: number;
  readonly now: () => number;
  readonly onPredictions?: (partition: number, report: PredictionReport) => void;
}

/** What one commit wrote to the log. */
export interface PredictionReport {
  readonly records: number;
  readonly predictions: number;
}

/**
 * One partition of the event topic: writes its predictions to the log, then commits the offset. Rows are keyed, so that what is
 * read again after a crash overwrites itself. Events that cannot be read are left to the sketcher, which makes them dead letters.
 */
export class PredictionTask implements PartitionTask {
  readonly #batches: EventBatches;
  readonly #rowsOf: PredictionRows;
  #rows: PredictionRow[] = [];
  /** Events whose rows have not been taken yet. */
  #decoded = 0;
  #records = 0;
  #next: number | null = null;
  #epoch: number | null = null;
  #lastCommitAt: number;

  constructor(
    private readonly partition: number,
    private readonly producer: TransactionalProducer,
    private readonly context: PredictionContext,
    /** Of the topic as it is now. */
    private topicId: string | null = null,
  ) {
    const { knowledge, now } = context;
    this.#rowsOf = new PredictionRows(knowledge);
    this.#batches = new EventBatches({
      allowedSkewOf: (stream) => knowledge.monitorOf(stream).allowedSkew,
      dimensionsOf: (stream) => knowledge.monitorOf(stream).segments.flat(),
      expects: (stream) => knowledge.monitorOf(stream).model === stream.model,
    });
    this.#lastCommitAt = now();
  }

  /** What was taken before is logged all the same; its offsets are not of this topic. */
  continueFrom(_offset: number, topicId: string | null): void {
    this.#next = null;
    if (topicId === null || topicId === this.topicId) return;
    this.topicId = topicId;
    this.#epoch = null;
  }

  /** Takes records until a commit is due. @returns how many. @throws ContractsError where a schema has to be fetched and the registry fails. */
  async take(records: readonly LogRecord[]): Promise<number> {
    const { decoder, now } = this.context;
    const at = now();
    const time = new TimeSlice();
    let taken = 0;
    for (const { value, offset, timestamp, refused } of records) {
      if (taken > 0 && this.#full) break;
      taken++;
      if (refused !== undefined) continue;
      const needed = decoder.needsSchema(value, at);
      if (needed !== null) await decoder.prepare(needed, at);
      if (!this.#batches.takes(value?.length ?? 0)) this.#takeRows();
      const decoded = decoder.decode(value, this.#batches, at);
      if (!decoded.ok) continue;
      // Nothing was sent later than now, whatever its producer says: it would be kept as much longer.
      this.#rowsOf.note(decoded.batch, offset, Math.min(soundTimestamp(timestamp), at));
      this.#decoded++;
    }
    if (time.spent) await time.yield();
    this.#takeRows();
    this.#records += taken;
    this.#next = records[taken - 1].offset + 1;
    return taken;
  }

  /** Events that are decoded count before it is known which of them are logged. */
  get #full(): boolean {
    return this.#rows.length + this.#decoded >= MOST_ROWS;
  }

  #takeRows(): void {
    for (const row of this.#rowsOf.take(this.#batches)) this.#rows.push(row);
    this.#batches.clear();
    this.#decoded = 0;
  }

  get due(): boolean {
    if (this.#next === null && this.#rows.length === 0) return false;
    return this.#full || this.context.now() - this.#lastCommitAt >= this.context.commitInterval;
  }

  async commit(): Promise<void> {
    const { store, group, topics, onPredictions } = this.context;
    const report = { records: this.#records, predictions: this.#rows.length };
    if (this.#rows.length > 0) {
      const epoch = await this.#findEpoch();
      await store.writePredictions(epoch === 0 ? this.#rows : this.#rows.map((row) => ({ ...row, epoch })));
    }
    if (this.#next !== null) {
      const consumed = { group, topic: topics.events, offsets: new Map([[this.partition, this.#next]]) };
      await this.producer.commit({ records: [], consumed });
    }
    this.#rows = [];
    this.#records = 0;
    this.#next = null;
    this.#lastCommitAt = this.context.now();
    if (report.records > 0) onPredictions?.(this.partition, report);
  }

  async #findEpoch(): Promise<number> {
    const { store, topics, partitions } = this.context;
    return (this.#epoch ??= (await presentTopic(store, topics.events, this.topicId, partitions)).present.epoch);
  }

  /** Drains. Should another owner have fenced us already, it reads the records again. */
  close(): Promise<void> {
    return this.commit();
  }
}
