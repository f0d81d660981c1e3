import { RecordReader, type SchemaRegistry, type Topics } from '@tidemark/contracts';
import type { LabelingRequest } from '@tidemark/monitoring';
import { startService, type OffsetOutOfRange, type PartitionTask, type Service } from '@tidemark/runtime';
import type { Log, LogRecord, TransactionalProducer } from '@tidemark/transport';

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
  /** Hears of a committed offset that is not in the log. */
  readonly onOffsetOutOfRange?: (report: OffsetOutOfRange) => void;
}

/**
 * Starts keeping labelling requests: reads their topic into the store. They are written before their offset is committed, so each is
 * there in the end, and once, as its key is its event.
 */
export function startRequestKeeper(options: RequestKeeperOptions): Promise<Service> {
  const { log, registry, topics, group, onOffsetOutOfRange } = options;
  const reader = new RecordReader(registry, { names: ['LabelingRequest'] });
  return startService({
    ...{ name: 'labeling', log, followed: [], onOffsetOutOfRange },
    open: () =>
      Promise.resolve([
        {
          ...{ topic: topics.labelingRequests, group, tickInterval: 1000 },
          open: (partition, producer) => new RequestTask(partition, producer, reader, options),
        },
      ]),
  });
}

/** One partition of the labelling requests: whatever is taken is written at once. */
class RequestTask implements PartitionTask {
  #requests: LabelingRequest[] = [];
  #next: number | null = null;

  constructor(
    private readonly partition: number,
    private readonly producer: TransactionalProducer,
    private readonly reader: RecordReader,
    private readonly options: RequestKeeperOptions,
  ) {}

  async take(records: readonly LogRecord[]): Promise<number> {
    const { now, onUnreadable } = this.options;
    for (const record of records) {
      const read = await this.reader.read(record.value, now());
      if (read.ok && read.name === 'LabelingRequest') this.#requests.push(read.record);
      else onUnreadable?.(record, read.ok ? read.name : read.reason);
      this.#next = record.offset + 1;
    }
    return records.length;
  }

  get due(): boolean {
    return this.#next !== null;
  }

  async commit(): Promise<void> {
    const { topics, group, keep } = this.options;
    if (this.#next === null) return;
    if (this.#requests.length > 0) await keep(this.#requests);
    const consumed = { group, topic: topics.labelingRequests, offsets: new Map([[this.partition, this.#next]]) };
    await this.producer.commit({ records: [], consumed });
    this.#requests = [];
    this.#next = null;
  }

  close(): Promise<void> {
    return this.commit();
  }
}
