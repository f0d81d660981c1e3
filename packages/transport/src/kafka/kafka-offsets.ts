import type { Admin } from 'kafkajs';
import type { Displacement, PartitionRange } from '../port.js';
import { transportError } from './kafka-errors.js';
import { persistently } from './persistently.js';

/** A group's committed offset, with the note that the commit left beside it. */
interface Commit {
  readonly offset: number;
  readonly note: string | null;
}

/** What became of a transaction whose answer was lost. */
export type Outcome = 'committed' | 'not-committed' | 'overtaken' | 'unknown';

/** Offsets as the cluster has them, and what this process last knew of those it commits. */
export class KafkaOffsets {
  readonly #known = new Map<string, Commit | null>();

  constructor(private readonly admin: Admin) {}

  /** The offsets that a group has committed, by partition; those without one are left out. */
  async committed(group: string, topic: string): Promise<Map<number, number>> {
    return new Map([...(await this.#commits(group, topic))].map(([partition, { offset }]) => [partition, offset]));
  }

  /** What each partition holds. */
  ranges(topic: string): Promise<Map<number, PartitionRange>> {
    return persistently(() => this.rangesNow(topic));
  }

  /** The same, asked once. */
  async rangesNow(topic: string): Promise<Map<number, PartitionRange>> {
    try {
      const found = await this.admin.fetchTopicOffsets(topic);
      return new Map(found.map(({ partition, low, high }) => [partition, { begin: Number(low), end: Number(high) }]));
    } catch (error) {
      throw transportError(error, `looking up the offsets of ${topic}`);
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
    for (const [partition, offset] of offsets) this.#known.set(keyOf(group, topic, partition), { offset, note });
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
      this.admin.fetchOffsets({ groupId: group, topics: [topic] }),
    );
    const valid = found.partitions.filter(({ offset }) => Number(offset) >= 0);
    return new Map(
      valid.map(({ partition, offset, metadata }) => [partition, { offset: Number(offset), note: metadata }]),
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

function keyOf(group: string, topic: string, partition: number): string {
  return JSON.stringify([group, topic, partition]);
}
