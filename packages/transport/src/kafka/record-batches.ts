import { TransportError } from '../transport-error.js';
import type { TopicMessages } from 'kafkajs';
import { RoundRobin } from '../partitioner.js';
import type { OutRecord } from '../port.js';

/**
 * The client puts all records of a partition that it is given at once into one batch, and brokers refuse batches above the limit for
 * one record (1 MiB where nothing else is configured), however small the records are.
 */
const MOST_BYTES = 900_000;
/** The client's grouping by partition takes time quadratic in this. */
const MOST_RECORDS = 1000;
/** What a record takes besides its key and value. */
const OVERHEAD = 64;

/** Cuts records, in their order, into requests that brokers take. A record that is too large alone goes alone. */
export function* inRequests(records: readonly OutRecord[]): Generator<readonly OutRecord[]> {
  let start = 0;
  let bytes = 0;
  for (let i = 0; i < records.length; i++) {
    const size = sizeOf(records[i]);
    if (i > start && (bytes + size > MOST_BYTES || i - start === MOST_RECORDS)) {
      yield records.slice(start, i);
      start = i;
      bytes = 0;
    }
    bytes += size;
  }
  if (start < records.length) yield records.slice(start);
}

function sizeOf({ key, value, headers = {} }: OutRecord): number {
  let bytes = OVERHEAD + (value?.length ?? 0) + (key === null ? 0 : Buffer.byteLength(key));
  for (const [name, content] of Object.entries(headers)) bytes += name.length + Buffer.byteLength(content) + 8;
  return bytes;
}

/**
 * Chooses the partitions of records, before they are given to the client: it chooses anew when it tries a request again, and
 * records without a key would then move between partitions of which some have been written.
 */
export class PartitionPlan {
  readonly #roundRobin = new RoundRobin();

  /** @param partitionsOf how many partitions a topic has */
  constructor(private readonly partitionsOf: (topic: string) => Promise<number>) {}

  async messages(records: readonly OutRecord[]): Promise<TopicMessages[]> {
    const topics = new Map<string, TopicMessages & { readonly partitions: number }>();
    for (const { topic, partition, key, value, headers } of records) {
      let entry = topics.get(topic);
      if (entry === undefined) {
        topics.set(topic, (entry = { topic, messages: [], partitions: await this.partitionsOf(topic) }));
      }
      if (partition !== undefined && partition >= entry.partitions) {
        // The client would leave it out without a word.
        throw new TransportError('unknown-topic', `${topic} has no partition ${partition}, only ${entry.partitions}`);
      }
      entry.messages.push({
        partition: partition ?? this.#roundRobin.partitionOf(topic, key, entry.partitions),
        key,
        value,
        ...(headers === undefined ? {} : { headers: { ...headers } }),
      });
    }
    return [...topics.values()].map(({ topic, messages }) => ({ topic, messages }));
  }
}
