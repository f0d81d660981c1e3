import kafkajs, { type Admin } from 'kafkajs';
import type { TopicDifference, TopicSettings } from '../port.js';
import { differencesOf, type FoundSettings } from '../topic-differences.js';
import { TransportError } from '../transport-error.js';
import { transportError } from './kafka-errors.js';
import { persistently } from './persistently.js';

// Not among the names that Node finds in the client's CommonJS.
const { ConfigResourceTypes } = kafkajs;

const CONFIGURED = ['cleanup.policy', 'retention.ms', 'max.message.bytes'];

/**
 * The segment that is written to is never compacted, and by default a week or a gibibyte long: readers would begin with all of that. The segments
 * are as small as Kafka Streams makes those of its changelogs, and yet hold the largest record that a topic of ours takes.
 */
const COMPACTED = [
  { name: 'cleanup.policy', value: 'compact' },
  { name: 'segment.bytes', value: String(16 << 20) },
  { name: 'segment.ms', value: String(6 * 3_600_000) },
  { name: 'min.cleanable.dirty.ratio', value: '0.1' },
];

/** Asks the client's admin. */
type Ask = <T>(question: (admin: Admin) => Promise<T>) => Promise<T>;

/**
 * Makes topics that do not exist; returns where those that do are not as asked. A broker that has not yet heard of a topic that was just
 * made, as a busy one may not have for a while, says that it does not host it: it is asked again, like one that is away for a moment.
 */
export function ensureTopics(
  ask: Ask,
  topics: readonly TopicSettings[],
  patience?: number,
): Promise<readonly TopicDifference[]> {
  return persistently(async () => {
    const existing = new Set(await attempt('listing topics', () => ask((admin) => admin.listTopics())));
    const missing = topics.filter(({ topic }) => !existing.has(topic));
    if (missing.length > 0) await make(ask, missing);
    const found = topics.filter(({ topic }) => existing.has(topic));
    return found.length === 0 ? [] : attempt('looking up topics', () => ask((admin) => topicDifferences(admin, found)));
  }, patience);
}

async function make(ask: Ask, missing: readonly TopicSettings[]): Promise<void> {
  await attempt(`making the topics ${missing.map(({ topic }) => topic).join(', ')}`, () =>
    ask((admin) =>
      admin.createTopics({
        waitForLeaders: true,
        topics: missing.map(({ topic, partitions, compacted, retention, maxMessageBytes }) => ({
          topic,
          numPartitions: partitions,
          configEntries: [
            ...(compacted === true ? COMPACTED : []),
            ...(retention === undefined ? [] : [{ name: 'retention.ms', value: String(retention) }]),
            ...(maxMessageBytes === undefined ? [] : [{ name: 'max.message.bytes', value: String(maxMessageBytes) }]),
          ],
        })),
      }),
    ),
  );
}

/** Here topics are unknown for a moment only: they were just listed, or made. */
async function attempt<T>(doing: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (thrown) {
    const error = transportError(thrown, doing);
    if (error.code !== 'unknown-topic') throw error;
    throw new TransportError('unreachable', error.message, { cause: error });
  }
}

/** Where topics that exist are not as asked. Settings that may not be read (DescribeConfigs) are not compared; partitions always are. */
async function topicDifferences(admin: Admin, topics: readonly TopicSettings[]): Promise<readonly TopicDifference[]> {
  const names = topics.map(({ topic }) => topic);
  const [metadata, configured] = await Promise.all([
    admin.fetchTopicMetadata({ topics: names }),
    configurations(admin, names).catch(() => new Map<string, FoundSettings>()),
  ]);
  const partitions = new Map(metadata.topics.map(({ name, partitions: found }) => [name, found.length]));
  return topics.flatMap((wanted) => {
    const found = configured.get(wanted.topic);
    const asked = found === undefined ? { topic: wanted.topic, partitions: wanted.partitions } : wanted;
    return differencesOf(asked, { ...found, partitions: partitions.get(wanted.topic) ?? null });
  });
}

async function configurations(admin: Admin, names: readonly string[]): Promise<Map<string, FoundSettings>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type: ConfigResourceTypes.TOPIC, name, configNames: CONFIGURED })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => {
      const of = (setting: string) => configEntries.find(({ configName }) => configName === setting)?.configValue;
      const retention = Number(of('retention.ms') ?? -1);
      const found: FoundSettings = {
        compacted: of('cleanup.policy')?.includes('compact') === true,
        retention: retention < 0 ? null : retention,
        maxMessageBytes: Number(of('max.message.bytes')),
      };
      return [resourceName, found];
    }),
  );
}
