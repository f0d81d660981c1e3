import kafkajs, { type Admin } from 'kafkajs';
import type { TopicDifference, TopicSettings } from '../port.js';
import { differencesOf, type FoundSettings } from '../topic-differences.js';

// Not among the names that Node finds in the client's CommonJS.
const { ConfigResourceTypes } = kafkajs;

const CONFIGURED = ['cleanup.policy', 'retention.ms', 'max.message.bytes'];

/** Where topics that exist are not as asked. Settings that may not be read (DescribeConfigs) are not compared; partitions always are. */
export async function topicDifferences(
  admin: Admin,
  topics: readonly TopicSettings[],
): Promise<readonly TopicDifference[]> {
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
