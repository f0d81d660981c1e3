import type { Topics } from '@tidemark/contracts';
import type { Log, TopicDifference, TopicSettings } from '@tidemark/transport';
import { ok, toMend, type Finding } from './finding.js';

/** A group of consumers, and the service that reads with it. */
interface Reader {
  readonly group: string;
  readonly topic: string;
  readonly service: string;
}

/** The groups with which services read. @param prefix of the topics, and of the groups. */
export function readersOf(topics: Topics, prefix: string): Reader[] {
  return [
    { group: `${prefix}tidemark-sketcher`, topic: topics.events, service: 'sketcher' },
    { group: `${prefix}tidemark-detector`, topic: topics.partials, service: 'detector' },
    { group: `${prefix}tidemark-labeling`, topic: topics.labelingRequests, service: 'detector' },
    { group: `${prefix}tidemark-outcomes-predictions`, topic: topics.events, service: 'outcomes' },
    { group: `${prefix}tidemark-outcomes-labels`, topic: topics.groundTruth, service: 'outcomes' },
  ];
}

/** Whether a topic is there, and as services make it. Makes and changes nothing. @param brokers for the commands that mend. */
export async function checkTopic(log: Log, wanted: TopicSettings, brokers: readonly string[]): Promise<Finding[]> {
  const check = `topic ${wanted.topic}`;
  const at = `--bootstrap-server ${brokers.join(',')}`;
  try {
    await log.partitionsOf(wanted.topic);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'unknown-topic') throw error;
    return [toMend(check, 'does not exist', createCommand(wanted, at))];
  }
  // As the topic exists, nothing is made: it is only compared.
  const differences = await log.ensureTopics([wanted]);
  if (differences.length === 0) return [ok(check, `${wanted.partitions} partitions, as configured`)];
  return differences.map((difference) => toMend(check, describeDifference(difference), alterCommand(difference, at)));
}

function createCommand({ topic, partitions, compacted, maxMessageBytes }: TopicSettings, at: string): string {
  const configs = [
    ...(compacted === true ? ['cleanup.policy=compact'] : []),
    ...(maxMessageBytes === undefined ? [] : [`max.message.bytes=${maxMessageBytes}`]),
  ];
  const options = configs.map((config) => ` --config ${config}`).join('');
  return `start a service, which makes it, or: kafka-topics.sh ${at} --create --topic ${topic} --partitions ${partitions}${options}`;
}

function describeDifference({ setting, wanted, found }: TopicDifference): string {
  if (setting === 'compacted') return wanted === true ? 'is not compacted' : 'is compacted';
  const name = { partitions: 'partitions', retention: 'retention.ms', maxMessageBytes: 'max.message.bytes' }[setting];
  return `${name} is ${found ?? 'unlimited'}; ${wanted} is configured`;
}

function alterCommand({ topic, setting, wanted, found }: TopicDifference, at: string): string {
  if (setting === 'partitions') {
    return Number(wanted) > Number(found)
      ? `kafka-topics.sh ${at} --alter --topic ${topic} --partitions ${wanted}`
      : `set TIDEMARK_PARTITIONS=${found}: partitions cannot be taken away`;
  }
  const value = {
    compacted: `cleanup.policy=${wanted === true ? 'compact' : 'delete'}`,
    retention: `retention.ms=${wanted}`,
    maxMessageBytes: `max.message.bytes=${wanted}`,
  }[setting];
  return `kafka-configs.sh ${at} --alter --entity-type topics --entity-name ${topic} --add-config ${value}`;
}

/** Whether a service reads its topic: what is left, and whether its position is still in the log. */
export async function checkReader(log: Log, { group, topic, service }: Reader): Promise<Finding> {
  const check = `group ${group}`;
  const [ranges, committed] = await Promise.all([log.ranges(topic), log.committed(group, topic)]);
  const holding = [...ranges].filter(([, { begin, end }]) => end > begin);
  if (committed.size === 0) {
    if (holding.length === 0) return ok(check, `has read nothing yet: ${topic} is empty`);
    return toMend(check, `has read nothing of ${topic}, which holds records`, `tidemark ${service}`);
  }
  const lost = [...committed].filter(([partition, offset]) => {
    const range = ranges.get(partition);
    return range === undefined || offset < range.begin || offset > range.end;
  });
  if (lost.length > 0) {
    const where = lost.map(([partition, offset]) => `${partition}:${offset}`).join(', ');
    return toMend(
      check,
      `its position is not in ${topic} (${where})`,
      `tidemark ${service}: it goes on from the log's first record, and says so`,
    );
  }
  const left = [...ranges].reduce(
    (sum, [partition, { begin, end }]) => sum + end - (committed.get(partition) ?? begin),
    0,
  );
  return ok(check, left === 0 ? `has read all of ${topic}` : `${left} records of ${topic} are yet to be read`);
}
