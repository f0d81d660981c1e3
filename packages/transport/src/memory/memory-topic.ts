import { randomUUID } from 'node:crypto';
import { RoundRobin } from '../partitioner.js';
import type { LogRecord, OutRecord, PartitionRange, TopicSettings } from '../port.js';

/** Topics that no group reads keep so many records a partition; compacted ones keep all. */
const MOST_UNREAD = 100_000;

interface Partition {
  records: LogRecord[];
  /** The offset of the first record still kept. */
  base: number;
}

/** A topic within the process: its partitions, and a promise that wakes those who wait for more. */
export class MemoryTopic {
  /** Whether groups read the topic: then it is they who trim it. */
  readByGroups = false;
  readonly id = randomUUID();
  readonly #partitions: Partition[];
  readonly #roundRobin = new RoundRobin();
  #wake: () => void = () => undefined;
  #changed: Promise<void>;

  constructor(readonly settings: TopicSettings) {
    this.#partitions = Array.from({ length: settings.partitions }, () => ({ records: [], base: 0 }));
    this.#changed = new Promise((resolve) => (this.#wake = resolve));
  }

  get partitions(): number {
    return this.#partitions.length;
  }

  /** Resolves when something is appended after the call. */
  get changed(): Promise<void> {
    return this.#changed;
  }

  append({ key, value, partition, headers }: OutRecord, timestamp: number): void {
    const keyBytes = typeof key === 'string' ? Buffer.from(key) : key;
    const index = partition ?? this.#roundRobin.partitionOf(this.settings.topic, keyBytes, this.partitions);
    const { records, base } = this.#partitions[index];
    const { topic } = this.settings;
    records.push({
      topic,
      partition: index,
      offset: base + records.length,
      key: keyBytes,
      value,
      timestamp,
      headers: headersOf(headers),
    });
    if (!this.readByGroups && records.length >= 2 * MOST_UNREAD) this.trim(index, base + MOST_UNREAD);
    const wake = this.#wake;
    this.#changed = new Promise((resolve) => (this.#wake = resolve));
    wake();
  }

  /** Records from an offset on, at most `most`; those that were trimmed are passed over. */
  read(partition: number, offset: number, most: number): readonly LogRecord[] {
    const { records, base } = this.#partitions[partition];
    const start = Math.max(0, offset - base);
    return start === 0 && records.length <= most ? records.slice() : records.slice(start, start + most);
  }

  range(partition: number): PartitionRange {
    const { records, base } = this.#partitions[partition];
    return { begin: base, end: base + records.length };
  }

  /** The offset that the next record of a partition gets. */
  end(partition: number): number {
    return this.range(partition).end;
  }

  /** Forgets the records before an offset: every group has read them. */
  trim(partition: number, before: number): void {
    const held = this.#partitions[partition];
    // In large pieces, as cutting the front of an array moves all the rest.
    if (this.settings.compacted === true || before - held.base < 4096) return;
    held.records = held.records.slice(before - held.base);
    held.base = before;
  }
}

const NO_HEADERS: LogRecord['headers'] = Object.freeze({});

function headersOf(headers: OutRecord['headers']): LogRecord['headers'] {
  if (headers === undefined) return NO_HEADERS;
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? Buffer.from(value) : value]),
  );
}
