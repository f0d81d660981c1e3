import { RecordReader, type SchemaRegistry, type Topics } from '@tidemark/contracts';
import type { LabelingRequest } from '@tidemark/monitoring';
import type { ConsumerHandler, Log, LogRecord, TransactionalProducer } from '@tidemark/transport';
import type { Service } from './detector-service.js';

export interface RequestKeeperOptions {
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly topics: Topics;
  /** The consumer group that all detectors of an installation share for this. */
  readonly group: string;
  /** Writes rows that are keyed by their event: the same again overwrite themselves. */
  readonly keep: (requests: readonly LabelingRequest[]) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Hears of a record that is no labelling request; it is passed over. */
  readonly onUnreadable?: (record: LogRecord, reason: string) => void;
}

/**
 * Starts keeping labelling requests: reads their topic into the store. They are written before their offset is committed, so each is
 * there in the end, and once, as its key is its event.
 */
export async function startRequestKeeper(options: RequestKeeperOptions): Promise<Service> {
  const { log, topics, group } = options;
  const handler = new RequestHandler(options);
  const consumer = await log.consume({ topic: topics.labelingRequests, group, tickInterval: 1000 }, handler);
  return { done: consumer.done, stop: () => consumer.stop() };
}

class RequestHandler implements ConsumerHandler {
  readonly #producers = new Map<number, TransactionalProducer>();
  readonly #reader: RecordReader;

  constructor(private readonly options: RequestKeeperOptions) {
    this.#reader = new RecordReader(options.registry, { names: ['LabelingRequest'] });
  }

  async assigned(partitions: readonly number[]): Promise<ReadonlyMap<number, number | null>> {
    const { log, topics } = this.options;
    for (const partition of partitions) {
      // Fences the former owner, so that its commit cannot take the offset back.
      const id = `tidemark-labeling-${topics.labelingRequests}-${partition}`;
      this.#producers.set(partition, await log.transactionalProducer(id));
    }
    return new Map(partitions.map((partition) => [partition, null]));
  }

  async records(partition: number, records: readonly LogRecord[]): Promise<void> {
    const { topics, group, keep, now, onUnreadable } = this.options;
    const requests: LabelingRequest[] = [];
    for (const record of records) {
      const read = await this.#reader.read(record.value, now());
      if (read.ok && read.name === 'LabelingRequest') requests.push(read.record);
      else onUnreadable?.(record, read.ok ? read.name : read.reason);
    }
    if (requests.length > 0) await keep(requests);
    const offsets = new Map([[partition, records[records.length - 1].offset + 1]]);
    const consumed = { group, topic: topics.labelingRequests, offsets };
    await this.#producers.get(partition)?.commit({ records: [], consumed });
  }

  tick(): Promise<void> {
    return Promise.resolve();
  }

  /** Nothing to drain: what was read has been written. */
  async revoked(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) {
      await this.#producers.get(partition)?.close();
      this.#producers.delete(partition);
    }
  }
}
