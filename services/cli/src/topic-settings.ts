import type { Topics } from '@tidemark/contracts';
import type { TopicSettings } from '@tidemark/transport';

/** The largest record that a dead letter can hold whole, with room for what surrounds it. */
const MOST_DEAD_LETTER_BYTES = 12 << 20;
const MOST_STATE_BYTES = 8 << 20;

/** How the topics are made where they do not exist. */
export function topicSettings(topics: Topics, partitions: number): TopicSettings[] {
  return [
    { topic: topics.events, partitions },
    { topic: topics.groundTruth, partitions },
    { topic: topics.partials, partitions },
    { topic: topics.driftEvents, partitions: 1 },
    { topic: topics.deadLetters, partitions: 1, maxMessageBytes: MOST_DEAD_LETTER_BYTES },
    { topic: topics.baselines, partitions: 1, compacted: true, maxMessageBytes: MOST_STATE_BYTES },
    { topic: topics.monitors, partitions: 1, compacted: true, maxMessageBytes: MOST_STATE_BYTES },
    { topic: topics.labelingRequests, partitions },
    { topic: topics.labelingState, partitions: 1, compacted: true, maxMessageBytes: MOST_STATE_BYTES },
    // One partition for each of the partials', so that a state lies where its owner reads.
    { topic: topics.detectorState, partitions, compacted: true, maxMessageBytes: MOST_STATE_BYTES },
  ];
}
