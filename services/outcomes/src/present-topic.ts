import type { KnownTopic } from '@tidemark/store';
import type { OutcomeStore } from './outcome-store.js';

/** A topic that is read, and those that there were under its name before. */
export interface PresentTopic {
  readonly present: KnownTopic;
  readonly former: readonly KnownTopic[];
}

/**
 * Which of the topics that had a name this is; one that is not known yet is noted. The first that was noted goes on with what is in the
 * store without a topic's id.
 *
 * @param topicId null where the log gives none: then it is taken for the one that was noted last. @throws StoreError.
 */
export async function presentTopic(
  store: Pick<OutcomeStore, 'readTopicIds' | 'writeTopicId'>,
  topic: string,
  topicId: string | null,
  partitions: number,
): Promise<PresentTopic> {
  const known = await store.readTopicIds(topic);
  if (topicId === null && known.length === 0) return { present: { topicId: '', epoch: 0, partitions }, former: [] };
  const noted = topicId === null ? known.at(-1) : known.find((each) => each.topicId === topicId);
  const present: KnownTopic = {
    topicId: noted?.topicId ?? topicId ?? '',
    epoch: noted?.epoch ?? 1 + Math.max(-1, ...known.map(({ epoch }) => epoch)),
    partitions: Math.max(partitions, noted?.partitions ?? 0),
  };
  if (present.partitions !== noted?.partitions) await store.writeTopicId(topic, present);
  return { present, former: known.filter((each) => each !== noted) };
}
