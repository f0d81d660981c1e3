/** Bytes that one batch may inflate to. */
export const MOST_BATCH_BYTES = 64 << 20;
/** Bytes that all batches of one answer of a broker inflate to, but for the last one: the client holds them all at once. */
export const MOST_ANSWER_BYTES = 256 << 20;
/** Records of one answer. Of a batch that holds more the rest is read by the next request, which gets the batch again. */
export const MOST_ANSWER_RECORDS = 250_000;

/** What of a broker's answer is still to be read; what lies behind is asked for again, and nothing is lost. */
export class ReadBudget {
  #bytes = 0;
  #records = 0;
  #sinceYield = 0;

  get isSpent(): boolean {
    return this.#bytes >= MOST_ANSWER_BYTES || this.records === 0;
  }

  /** The records that may still be read. */
  get records(): number {
    return Math.max(0, MOST_ANSWER_RECORDS - this.#records);
  }

  /** Counts a batch; now and then the process's timers and sockets have their turn. */
  async spend(bytes: number, records: number): Promise<void> {
    this.#bytes += bytes;
    this.#records += records;
    this.#sinceYield += bytes + 100 * records;
    if (this.#sinceYield < 4 << 20) return;
    this.#sinceYield = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
