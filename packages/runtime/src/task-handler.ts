import type { ConsumerHandler, Displacement, Log, LogRecord, TransactionalProducer } from '@tidemark/transport';
import type { ConsumedTopic, PartitionTask } from './partition-task.js';
import { slicesOf } from './record-slices.js';
import { at, isFenced, throwTogether, type Place } from './service-error.js';
import { isOfAnotherTopic, startingOffset, type OffsetOutOfRange, type PresentLog } from './starting-offset.js';
import { TimeSlice } from './time-slice.js';

export interface TaskHandlerSettings {
  /** The service's name. With topic and partition it makes the transactional id, to which a partition's owner is bound. */
  readonly service: string;
  readonly log: Log;
  readonly consumed: ConsumedTopic;
  /** Resolves when every followed topic has been read to its end. */
  readonly catchUp: () => Promise<void>;
  readonly onOffsetOutOfRange: (report: OffsetOutOfRange) => void;
}

interface Held {
  readonly producer: TransactionalProducer;
  task: PartitionTask | null;
  /** The offset after the last record taken. */
  next: number | null;
}

/** Gives each partition that comes its task, the task its turns, and lets it write before the partition goes. */
export class TaskHandler implements ConsumerHandler {
  readonly #held = new Map<number, Held>();

  constructor(private readonly settings: TaskHandlerSettings) {}

  async assigned(partitions: readonly number[]): Promise<ReadonlyMap<number, number | null>> {
    const { service, log, consumed, catchUp } = this.settings;
    // Opening the producer fences the partition's former owner and ends its open transaction: only then are its states and the
    // committed offset final. Side by side, as each takes a while and until then nobody reads.
    await eachOf(partitions, (partition) =>
      this.#at('taking over', partition, async () => {
        const id = `tidemark-${service}-${consumed.topic}-${partition}`;
        this.#held.set(partition, { producer: await log.transactionalProducer(id), task: null, next: null });
      }),
    );
    await catchUp();
    const { topic, group } = consumed;
    const [ranges, committed, committedFor, topicId] = await this.#at('taking over', null, () =>
      Promise.all([log.ranges(topic), log.committed(group, topic), log.committedFor(group, topic), log.topicId(topic)]),
    );
    const starts = new Map<number, number | null>();
    await eachOf(partitions, (partition) =>
      this.#at('taking over', partition, async () => {
        starts.set(
          partition,
          await this.#begin(partition, {
            ...(ranges.get(partition) ?? { begin: 0, end: Infinity }),
            committed: committed.get(partition) ?? null,
            committedFor: committedFor.get(partition) ?? null,
            topicId,
          }),
        );
      }),
    );
    return starts;
  }

  /** The log was made anew, or cut, while it was read. */
  async displaced(displacement: Displacement): Promise<void> {
    const { service, log, consumed, onOffsetOutOfRange } = this.settings;
    const { partition, position, begin, end } = displacement;
    const another = position >= begin && position <= end ? { isOfAnotherTopic: true as const } : {};
    const topicId = await this.#at('looking up the topic of', partition, () => log.topicId(consumed.topic));
    const held = this.#held.get(partition);
    held?.task?.continueFrom?.(begin, topicId);
    if (held !== undefined) held.next = null;
    onOffsetOutOfRange({ service, topic: consumed.topic, ...displacement, continuedAt: begin, ...another });
  }

  async records(partition: number, records: readonly LogRecord[]): Promise<void> {
    const held = this.#held.get(partition);
    const task = held?.task ?? null;
    if (held === undefined || task === null) return;
    const time = new TimeSlice();
    for (const slice of slicesOf(records)) {
      for (let from = 0; from < slice.length;) {
        const given = from === 0 ? slice : slice.slice(from);
        const taken = await this.#at('taking records of', partition, () => task.take(given), given[0].offset);
        from += taken;
        if (taken > 0) held.next = slice[from - 1].offset + 1;
        // Fewer than given: a commit must come first.
        if (from < slice.length) await this.#commit(partition, task);
        if (time.spent) await time.yield();
      }
    }
    if (task.due) await this.#commit(partition, task);
  }

  async tick(): Promise<void> {
    for (const [partition, { task }] of this.#held) {
      if (task === null) continue;
      if (task.due) await this.#commit(partition, task);
      await this.#at('tending', partition, async () => task.tick?.());
    }
  }

  /**
   * Every partition is drained and closed before anything is reported: that one fails or has been fenced is no reason to lose what
   * was read of the others. Of a fenced one nothing is lost: its new owner reads the records again.
   */
  async revoked(partitions: readonly number[]): Promise<void> {
    const going = partitions.flatMap((partition) => {
      const held = this.#held.get(partition);
      // None may be found by a tick that comes after a failure.
      this.#held.delete(partition);
      return held === undefined ? [] : [{ partition, held }];
    });
    const settled = await Promise.allSettled(
      going.map(({ partition, held }) => this.#at('letting go of', partition, () => letGo(held), held.next)),
    );
    const failed = settled.flatMap((each): unknown[] => (each.status === 'rejected' ? [each.reason] : []));
    throwTogether(failed.filter((error) => !isFenced(error)));
  }

  /** Closes the producers of what is still held, writing nothing more: the service has failed. */
  async abandon(): Promise<void> {
    const held = [...this.#held.values()];
    this.#held.clear();
    await Promise.allSettled(held.map(({ producer }) => producer.close()));
  }

  /** Opens the task of a partition that is ours. @returns the offset to read from; null: the committed one, or the beginning. */
  async #begin(partition: number, present: PresentLog): Promise<number | null> {
    const { service, consumed, onOffsetOutOfRange } = this.settings;
    const held = this.#held.get(partition)!;
    const { begin, end, committed, committedFor, topicId } = present;
    const task = (held.task = consumed.open(partition, held.producer, topicId));
    const restored = (await task.restore?.()) ?? null;
    const saved =
      restored ?? (committed === null ? null : { readFrom: committed, position: committed, topicId: committedFor });
    if (saved === null) return null;
    const { offset, newFrom } = startingOffset(saved, present);
    if (newFrom === null) return offset;
    task.continueFrom?.(newFrom, topicId);
    const { topic } = consumed;
    const another =
      isOfAnotherTopic(saved, topicId) && saved.position <= end ? { isOfAnotherTopic: true as const } : {};
    const place = { service, topic, partition, position: saved.position };
    onOffsetOutOfRange({ ...place, begin, end, continuedAt: offset, ...another });
    return offset;
  }

  #commit(partition: number, task: PartitionTask): Promise<void> {
    return this.#at('committing', partition, () => task.commit());
  }

  #at<T>(doing: string, partition: number | null, action: () => Promise<T>, offset?: number | null): Promise<T> {
    const { service, consumed } = this.settings;
    const place = (): Place => {
      const reached = partition === null ? null : (this.#held.get(partition)?.next ?? null);
      return { service, topic: consumed.topic, partition, offset: offset ?? reached };
    };
    return at(doing, place, action);
  }
}

/** Drains first, while the producer is open; it is closed whatever comes of that. */
async function letGo({ task, producer }: Held): Promise<void> {
  try {
    await task?.close();
  } finally {
    await producer.close();
  }
}

/** Side by side; where some fail, once all have been settled. */
async function eachOf(partitions: readonly number[], action: (partition: number) => Promise<void>): Promise<void> {
  const settled = await Promise.allSettled(partitions.map(action));
  throwTogether(settled.flatMap((each): unknown[] => (each.status === 'rejected' ? [each.reason] : [])));
}
