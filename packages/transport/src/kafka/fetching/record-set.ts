import { ByteReader } from './byte-reader.js';
import { passing, refusals, type FetchedMessage } from './fetched-message.js';
import { ENTRY_HEADER, messagesOf } from './message-set.js';
import type { ReadBudget } from './read-budget.js';
import { headerOf, isAbort, isControl, isSound, isTransactional, recordsOf } from './record-batch.js';

/** Where the format's number lies, in all of them. */
const MAGIC_AT = 16;
/** What no batch or message is shorter than, behind its offset and length. */
const LEAST_LENGTH = 14;
const LEAST_BATCH_LENGTH = 49;
/** More than any broker takes in one batch. */
const MOST_LENGTH = 1 << 30;

/** What a broker sent of one partition. */
export interface FetchedPartition {
  readonly records: Buffer;
  /** The offset that was asked for: batches may begin below it. */
  readonly from: number;
  /** The offset that the records end before. */
  readonly end: number;
  /** Transactions that were aborted, by the offset at which they begin. */
  readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[];
}

/**
 * The records of a partition that a broker sent, as far as the budget goes; the rest is asked for again. Nothing here throws for what the
 * bytes are: what cannot be read is refused with its offsets.
 */
export async function readRecordSet(partition: FetchedPartition, budget: ReadBudget): Promise<FetchedMessage[]> {
  const messages: FetchedMessage[] = [];
  const aborting = new AbortedTransactions(partition.aborted);
  let { records } = partition;
  while (records.length >= ENTRY_HEADER && !budget.isSpent) {
    const from = next(messages, partition.from);
    const length = records.readInt32BE(ENTRY_HEADER - 4);
    if (length < LEAST_LENGTH || length > MOST_LENGTH) {
      // Where the next batch begins cannot be told: the next request goes on behind this record.
      if (messages.length === 0) messages.push(...refusals(1, from, from, 'in a batch whose length is damaged'));
      break;
    }
    // Brokers cut off the last batch.
    if (records.length < ENTRY_HEADER + length) break;
    const batch = records.subarray(0, ENTRY_HEADER + length);
    records = records.subarray(batch.length);
    for (const message of await readBatch(batch, from, lastOf(batch, records, partition), aborting, budget)) {
      messages.push(message);
    }
  }
  return messages;
}

async function readBatch(
  batch: Buffer,
  from: number,
  last: number,
  aborting: AbortedTransactions,
  budget: ReadBudget,
): Promise<readonly FetchedMessage[]> {
  const magic = batch.readInt8(MAGIC_AT);
  if (magic === 0 || magic === 1) return messagesOf(batch, magic, from, budget);
  const first = new ByteReader(batch).int64();
  const refuse = (reason: string) => [...refusals(last - first + 1, last, from, reason)];
  if (magic !== 2) return refuse(`in a batch of ${batch.length} bytes of the unknown format ${magic}`);
  if (batch.length < ENTRY_HEADER + LEAST_BATCH_LENGTH)
    return refuse('in a batch that is damaged (shorter than its header)');
  if (!isSound(batch)) return refuse(`in a batch of ${batch.length} bytes that is damaged (its checksum is another)`);
  const reader = new ByteReader(batch);
  const header = headerOf(reader);
  aborting.reach(header.last);
  if (isControl(header)) {
    if (isAbort(reader, header)) aborting.ended(header.producerId);
    return header.last < from ? [] : [passing(header.last)];
  }
  if (isTransactional(header) && aborting.has(header.producerId))
    return header.last < from ? [] : [passing(header.last)];
  return recordsOf(reader, header, from, budget);
}

/** The last offset of a batch, also where its header cannot be trusted: it lies before the batch behind it, and before the end. */
function lastOf(batch: Buffer, following: Buffer, { end }: FetchedPartition): number {
  const first = Number(batch.readBigInt64BE(0));
  const before = following.length >= 8 ? Number(following.readBigInt64BE(0)) : end;
  const stated = batch.length >= 27 ? first + batch.readInt32BE(23) : first;
  const bound = before > first ? before - 1 : first;
  return Math.max(first, Math.min(stated, bound));
}

function next(messages: readonly FetchedMessage[], from: number): number {
  return messages.length === 0 ? from : Math.max(from, Number(messages[messages.length - 1].offset) + 1);
}

/** The transactions whose records nobody is to see, as reading goes from batch to batch. */
class AbortedTransactions {
  readonly #ahead: { readonly producerId: number; readonly firstOffset: number }[];
  readonly #producers = new Set<number>();

  constructor(aborted: FetchedPartition['aborted']) {
    this.#ahead = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Goes on to the batch that ends at an offset. */
  reach(last: number): void {
    while (this.#ahead.length > 0 && this.#ahead[0].firstOffset <= last) {
      this.#producers.add(this.#ahead[0].producerId);
      this.#ahead.shift();
    }
  }

  has(producerId: number): boolean {
    return this.#producers.has(producerId);
  }

  ended(producerId: number): void {
    this.#producers.delete(producerId);
  }
}
