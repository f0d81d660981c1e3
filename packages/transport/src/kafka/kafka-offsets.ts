import type { Displacement, PartitionRange } from '../port.js';
import type { KafkaAdmin } from './kafka-admin.js';
import { transportError } from './kafka-errors.js';
import { TransportError } from '../transport-error.js';
import { persistently } from './persistently.js';
import { topicIdIn } from './topic-ids.js';

/** A group's committed offset, with the note that the commit left beside it. */
interface Commit {
  readonly offset: number;
  readonly note: string | null;
  /** The id of the topic that it is an offset of; null where nothing says so. */
  readonly topicId: string | null;
}

/** What became of a transaction whose answer was lost. */
export type Outcome = 'committed' | 'not-committed' | 'overtaken' | 'unknown';

/** Offsets as the cluster has them, and what this process last knew of those it commits. */
export class KafkaOffsets {
  readonly #known = new Map<string, Commit | null>();

  constructor(private readonly admin: KafkaAdmin) {}

  /** The offsets that a group has committed, by partition; those without one are left out. */
  async committed(group: string, topic: string): Promise<Map<number, number>> {
    return new Map([...(await this.#commits(group, topic))].map(([partition, { offset }]) => [partition, offset]));
  }

  /** Of which topics those are offsets, by its id; those of which nothing says so are left out. */
  async committedFor(group: string, topic: string): Promise<Map<number, string>> {
    const commits = [...(await this.#commits(group, topic))];
    return new Map(
      commits.flatMap(([partition, { topicId }]): [number, string][] =>
        topicId === null ? [] : [[partition, topicId]],
      ),
    );
  }

  /** The id that the cluster has given a topic; null where it gives none. Asked once. */
  async topicId(topic: string): Promise<string | null> {
    try {
      const { topics } = await this.admin.ask((admin) => admin.fetchTopicMetadata({ topics: [topic] }));
      return topicIdIn(topics[0]?.partitions ?? []);
    } catch (error) {
      throw transportError(error, `looking up ${topic}`);
    }
  }

  /** What each partition holds. */
  ranges(topic: string): Promise<Map<number, PartitionRange>> {
    return persistently(() => this.rangesNow(topic));
  }

  /** The same, asked once. */
  async rangesNow(topic: string): Promise<Map<number, PartitionRange>> {
    try {
      const found = await this.admin.ask((admin) => admin.fetchTopicOffsets(topic));
      return new Map(found.map(({ partition, low, high }) => [partition, { begin: Number(low), end: Number(high) }]));
    } catch (error) {
      const doing = `looking up the offsets of ${topic}`;
      // So the client fails over a topic that was made a moment ago, of which the broker it asks has no partitions yet.
      if (error instanceof TypeError)
        throw new TransportError('unreachable', `${doing}: no partitions are known yet`, { cause: error });
      throw transportError(error, doing);
    }
  }

  /** Where to begin with each partition: at the offset given, else at the committed one, else at the beginning; and what it holds. */
  async starts(
    group: string,
    topic: string,
    partitions: readonly number[],
    given: ReadonlyMap<number, number | null>,
  ): Promise<readonly Displacement[]> {
    const [commits, ranges] = await Promise.all([this.#commits(group, topic), this.ranges(topic)]);
    const starts: Displacement[] = [];
    for (const partition of partitions) {
      const commit = commits.get(partition) ?? null;
      this.#known.set(keyOf(group, topic, partition), commit);
      const range = ranges.get(partition) ?? { begin: 0, end: Infinity };
      starts.push({ partition, position: given.get(partition) ?? commit?.offset ?? range.begin, ...range });
    }
    return starts;
  }

  /** Remembers a commit of this process. */
  remember(group: string, topic: string, offsets: ReadonlyMap<number, number>, note: string): void {
    for (const [partition, offset] of offsets) {
      this.#known.set(keyOf(group, topic, partition), { offset, note, topicId: null });
    }
  }

  /**
   * What became of a commit, told by its note. To be asked when nobody else can commit, that is, by a producer that has just
   * fenced all others.
   */
  async outcome(
    group: string,
    topic: string,
    offsets: ReadonlyMap<number, number>,
    note: string | null,
  ): Promise<Outcome> {
    const commits = await this.#commits(group, topic);
    for (const partition of offsets.keys()) {
      const found = commits.get(partition) ?? null;
      if (note !== null && found?.note === note) continue;
      const known = this.#known.get(keyOf(group, topic, partition));
      if (known === undefined) return 'unknown';
      return found?.offset === known?.offset && found?.note === known?.note ? 'not-committed' : 'overtaken';
    }
    return 'committed';
  }

  async #commits(group: string, topic: string): Promise<Map<number, Commit>> {
    const [found] = await this.#ask(`looking up what ${group} has consumed of ${topic}`, () =>
      this.admin.ask((admin) => admin.fetchOffsets({ groupId: group, topics: [topic] })),
    );
    const valid = found.partitions.filter(({ offset }) => Number(offset) >= 0);
    return new Map(
      valid.map(({ partition, offset, metadata }) => [partition, readCommit(Number(offset), metadata ?? null)]),
    );
  }

  #ask<T>(doing: string, question: () => Promise<T>): Promise<T> {
    return persistently(async () => {
      try {
        return await question();
      } catch (error) {
        throw transportError(error, doing);
      }
    });
  }
}

export function isInLog({ position, begin, end }: Displacement): boolean {
  return position >= begin && position <= end;
}

/**
 * What a commit leaves beside a partition's offset: its note, the offset again and the topic's id. The offset tells whether somebody has moved
 * it since, as whoever copies groups to another cluster does: then nothing is said of the topic.
 */
export function besideOffset(note: string, offset: number, topicId: string | null): string {
  return topicId === null ? note : [note, offset, topicId].join(' ');
}

function readCommit(offset: number, beside: string | null): Commit {
  const [note = null, noted, topicId = null] = beside?.split(' ') ?? [];
  return { offset, note, topicId: Number(noted) === offset ? topicId : null };
}

function keyOf(group: string, topic: string, partition: number): string {
  return JSON.stringify([group, topic, partition]);
}
