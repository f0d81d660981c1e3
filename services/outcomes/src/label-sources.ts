import type { LabelBatch } from '@tidemark/monitoring';
import type { KnownTopic } from '@tidemark/store';
import type { PresentTopic } from './present-topic.js';

/** Where labels of the events of one partition may lie in the store, and up to which offset they count. */
export class LabelSources {
  /** What this partition's labels are written under: topic and partition, of a topic that was made anew its id, too. */
  readonly own: string;
  /** Under which labels may wait that nobody else looks at again: those of topics that are no more are divided among the partitions. */
  readonly waiting: readonly string[];
  /** Of the topic's other partitions, where the event's labels were before partitions were added. */
  readonly siblings: ReadonlyMap<number, string>;
  readonly #former: readonly string[];

  /** @param partitions how many the topic has now. */
  constructor(topic: string, { present, former }: PresentTopic, partition: number, partitions: number) {
    const sourcesOf = (known: KnownTopic): string[] =>
      Array.from({ length: known.partitions }, (_, each) => sourceOf(topic, known, each));
    this.own = sourceOf(topic, present, partition);
    const siblings = sourcesOf(present).map((source, each): [number, string] => [each, source]);
    this.siblings = new Map(siblings.filter(([each]) => each !== partition));
    this.#former = former.flatMap(sourcesOf);
    const left = former.flatMap((known) => sourcesOf(known).filter((_, each) => each % partitions === partition));
    this.waiting = [...left, this.own];
  }

  /**
   * A batch of the partition. Every label of a topic that is no more counts: nothing of it is read again.
   *
   * @param committed the offsets that are committed of the topic's partitions.
   */
  batch(first: number, end: number, committed: ReadonlyMap<number, number>): LabelBatch {
    const elsewhere = [
      ...this.#former.map((source) => ({ source, end: Infinity })),
      ...[...this.siblings].map(([partition, source]) => ({ source, end: committed.get(partition) ?? 0 })),
    ];
    return { source: this.own, first, end, elsewhere };
  }

  /** Whether a label may have come there first and be sent here again. */
  has(source: string): boolean {
    return source === this.own || this.#former.includes(source) || [...this.siblings.values()].includes(source);
  }
}

function sourceOf(topic: string, { topicId, epoch }: KnownTopic, partition: number): string {
  return `${epoch === 0 ? topic : `${topic}@${topicId}`}/${partition}`;
}
