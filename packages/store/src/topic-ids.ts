import type { Store } from './store.js';

/** A topic of the log. One that is made anew under the same name has another id, and its offsets begin anew. */
export interface KnownTopic {
  readonly topicId: string;
  /** How many of the name were known before it. */
  readonly epoch: number;
  /** The most partitions that it is known to have had. */
  readonly partitions: number;
}

/** The topics that there were under a name, in the order in which they became known. @throws StoreError. */
export async function readTopicIds(store: Store, topic: string): Promise<KnownTopic[]> {
  const rows = await store.query<{ topic_id: string; first: number; most: number }>(
    `SELECT topic_id, min(epoch) AS first, max(partitions) AS most FROM ${store.database}.topic_ids
     WHERE topic = {topic:String} GROUP BY topic_id ORDER BY first, topic_id`,
    { topic },
  );
  return rows.map(({ topic_id: topicId, first, most }) => ({ topicId, epoch: first, partitions: most }));
}

/** Notes a topic; noted again it changes nothing. @throws StoreError. */
export async function writeTopicId(
  store: Store,
  topic: string,
  { topicId, epoch, partitions }: KnownTopic,
): Promise<void> {
  await store.insert('topic_ids', [{ topic, topic_id: topicId, epoch, partitions }]);
}
