import type { Topics } from '@tidemark/contracts';
import type { OrphanWatch } from '@tidemark/monitoring';
import { partitionOf, type TransactionalProducer } from '@tidemark/transport';
import { originHeaders } from './label-origin.js';
import type { OutcomeStore } from './outcome-store.js';

/** So many waiting labels are looked at again at a time. */
const MOST_REVISITED = 10_000;

interface Context {
  readonly topics: Topics;
  readonly store: OutcomeStore;
  /** Partitions of the ground-truth topic. */
  readonly partitions: number;
  readonly now: () => number;
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

/** The labels of one source that wait for their predictions. */
export class WaitingLabels {
  #revisited = -1;
  /** Labels that the looks since the beginning found waiting still, and how many they were when the end was reached last. */
  #stillWaiting = 0;
  #waiting: number | null = null;
  #empty = false;

  constructor(
    private readonly source: string,
    private readonly producer: TransactionalProducer,
    private readonly orphans: OrphanWatch,
    private readonly context: Context,
  ) {}

  /** Whether the last look found that none waits. */
  get empty(): boolean {
    return this.#empty;
  }

  /**
   * Looks at some labels that wait. Those whose prediction has come are sent again: a label that counts already and comes again
   * changes nothing, so it does no harm where this is repeated after a crash.
   */
  async revisit(): Promise<RevisitReport> {
    const { store, topics, now, partitions } = this.context;
    const batch = { source: this.source };
    const from = this.#revisited;
    const seen = await store.revisitWaitingLabels(batch, from, MOST_REVISITED);
    const last = seen.length < MOST_REVISITED;
    this.#revisited = last ? -1 : seen[seen.length - 1].offset;
    const found = seen.filter((label) => label.found);
    const orphans = seen.filter((label) => !label.found && label.waitsUntil <= now());
    if (found.length > 0) {
      const records = found.map(({ eventId: key, record: value, offset, origin }) => {
        const partition = partitionOf(Buffer.from(key), partitions);
        const headers = originHeaders(origin ?? { source: this.source, offset });
        return { topic: topics.groundTruth, partition, key, value, headers };
      });
      await this.producer.commit({ records });
      await store.settleWaitingLabels(batch, found, 'joined');
    }
    if (orphans.length > 0) await store.settleWaitingLabels(batch, orphans, 'orphaned');
    for (const { model } of orphans) this.orphans.count(model, 'orphaned', 1, now());
    this.#stillWaiting += seen.length - found.length - orphans.length;
    const waiting = last ? this.#stillWaiting : (this.#waiting ?? this.#stillWaiting);
    if (last) [this.#waiting, this.#stillWaiting] = [waiting, 0];
    this.#empty = from === -1 && seen.length === 0;
    return { sent: found.length, orphaned: orphans.length, waiting };
  }
}
