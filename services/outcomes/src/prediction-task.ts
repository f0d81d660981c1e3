import { EventBatches, type EventDecoder, type Topics } from '@tidemark/contracts';
import type { StreamKnowledge } from '@tidemark/monitoring';
import { TimeSlice, type PartitionTask } from '@tidemark/runtime';
import type { PredictionRow } from '@tidemark/store';
import type { LogRecord, TransactionalProducer } from '@tidemark/transport';
import type { OutcomeStore } from './outcome-store.js';
import { PredictionRows } from './prediction-rows.js';

/** So many rows are written without waiting for the commit interval. */
const MOST_ROWS = 10_000;

export interface PredictionContext {
  readonly topics: Topics;
  readonly group: string;
  readonly decoder: EventDecoder;
  readonly store: OutcomeStore;
  readonly knowledge: StreamKnowledge;
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
  #records = 0;
  #next: number | null = null;
  #lastCommitAt: number;

  constructor(
    private readonly partition: number,
    private readonly producer: TransactionalProducer,
    private readonly context: PredictionContext,
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

  /** @throws ContractsError where a schema has to be fetched and the registry fails. */
  async take(records: readonly LogRecord[]): Promise<number> {
    const { decoder, now } = this.context;
    const at = now();
    const time = new TimeSlice();
    for (const { value, offset, timestamp, refused } of records) {
      if (refused !== undefined) continue;
      const needed = decoder.needsSchema(value, at);
      if (needed !== null) await decoder.prepare(needed, at);
      const decoded = decoder.decode(value, this.#batches, at);
      if (decoded.ok) this.#rowsOf.note(decoded.batch, offset, timestamp);
    }
    if (time.spent) await time.yield();
    for (const row of this.#rowsOf.take(this.#batches)) this.#rows.push(row);
    this.#batches.clear();
    this.#records += records.length;
    this.#next = records[records.length - 1].offset + 1;
    return records.length;
  }

  get due(): boolean {
    if (this.#next === null) return false;
    return this.#rows.length >= MOST_ROWS || this.context.now() - this.#lastCommitAt >= this.context.commitInterval;
  }

  async commit(): Promise<void> {
    const { store, group, topics, onPredictions } = this.context;
    const report = { records: this.#records, predictions: this.#rows.length };
    if (this.#next !== null) {
      await store.writePredictions(this.#rows);
      const consumed = { group, topic: topics.events, offsets: new Map([[this.partition, this.#next]]) };
      await this.producer.commit({ records: [], consumed });
    }
    this.#rows = [];
    this.#records = 0;
    this.#next = null;
    this.#lastCommitAt = this.context.now();
    if (report.records > 0) onPredictions?.(this.partition, report);
  }

  /** Drains. Should another owner have fenced us already, it reads the records again. */
  close(): Promise<void> {
    return this.commit();
  }
}
