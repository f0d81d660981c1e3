import type { Topics } from '@tidemark/contracts';
import type { Log, TopicDifference, TopicSettings } from '@tidemark/transport';
import { logLine } from './log-lines.js';

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

/** Makes the topics that do not exist, and warns of those that are not as asked. */
export async function ensureTopics(log: Log, topics: Topics, partitions: number): Promise<void> {
  for (const difference of await log.ensureTopics(topicSettings(topics, partitions))) {
    logLine('warn', warningOf(difference), { ...difference });
  }
}

/** What is different, and the command that mends it. */
export function warningOf({ topic, setting, wanted, found }: TopicDifference): string {
  if (setting === 'partitions') {
    const has = `The topic ${topic} has ${String(found)} partitions, TIDEMARK_PARTITIONS and its defaults ask for ${String(wanted)}.`;
    return Number(found) > Number(wanted)
      ? `${has} Partitions cannot be taken away: set TIDEMARK_PARTITIONS=${String(found)}`
      : `${has} Stop what reads and writes it, then: kafka-topics.sh --alter --topic ${topic} --partitions ${String(wanted)}`;
  }
  const config = {
    compacted: `cleanup.policy=${wanted === true ? 'compact' : 'delete'}`,
    retention: `retention.ms=${String(wanted)}`,
    maxMessageBytes: `max.message.bytes=${String(wanted)}`,
  }[setting];
  return (
    `The topic ${topic} is not set up as Tidemark needs it. To mend it: ` +
    `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${config}`
  );
}
