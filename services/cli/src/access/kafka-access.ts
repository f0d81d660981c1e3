import type { Topics } from '@tidemark/contracts';

/** One resource of Kafka, and what somebody needs to do with it. Operations by the names that `kafka-acls.sh` takes. */
export interface KafkaRight {
  readonly resource: 'topic' | 'group' | 'transactional-id';
  readonly name: string;
  /** Whether it is every resource whose name begins so. */
  readonly prefixed: boolean;
  /** `Read` and `Write` include `Describe`. */
  readonly operations: readonly KafkaOperation[];
}

export type KafkaOperation = 'Read' | 'Write' | 'Describe' | 'Delete';

/** Who connects to Kafka with rights of its own. */
export const KAFKA_USERS = ['sketcher', 'detector', 'outcomes', 'commands'] as const;
export type KafkaUser = (typeof KAFKA_USERS)[number];

interface Access {
  readonly read: readonly (keyof Topics)[];
  readonly write: readonly (keyof Topics)[];
  /** Consumer groups, without the prefix of the installation. */
  readonly groups: readonly string[];
  readonly transactionalIds: (topics: Topics) => readonly string[];
}

/** What each service and the commands do with Kafka. docs/operations.md has the same as a table, and a test holds them together. */
const ACCESS: Readonly<Record<KafkaUser, Access>> = {
  sketcher: {
    read: ['events', 'baselines', 'monitors', 'labelingState'],
    write: ['partials', 'deadLetters', 'labelingRequests', 'labelingState'],
    groups: ['tidemark-sketcher'],
    transactionalIds: ({ events }) => [`tidemark-sketcher-${events}-`],
  },
  detector: {
    read: ['partials', 'baselines', 'monitors', 'detectorState', 'labelingRequests'],
    write: ['driftEvents', 'baselines', 'deadLetters', 'detectorState'],
    groups: ['tidemark-detector', 'tidemark-labeling'],
    transactionalIds: ({ partials, labelingRequests }) => [
      `tidemark-detector-${partials}-`,
      `tidemark-labeling-${labelingRequests}-`,
    ],
  },
  outcomes: {
    read: ['events', 'groundTruth', 'baselines', 'monitors'],
    write: ['groundTruth', 'partials', 'driftEvents', 'deadLetters'],
    groups: ['tidemark-outcomes-predictions', 'tidemark-outcomes-labels'],
    transactionalIds: ({ events, groundTruth }) => [
      `tidemark-outcomes-${events}-`,
      `tidemark-outcomes-${groundTruth}-`,
    ],
  },
  commands: {
    read: ['monitors', 'deadLetters', 'detectorState'],
    write: ['monitors', 'baselines', 'partials', 'deadLetters', 'detectorState', 'events', 'groundTruth'],
    groups: [],
    transactionalIds: ({ monitors, deadLetters }) => [`tidemark-control-${monitors}`, `${deadLetters}-replay`],
  },
};

/**
 * The rights that somebody needs where the topics exist. To make them, `Create` on those topics besides, and to be told that they
 * are not set up as needed, `DescribeConfigs`.
 *
 * @param prefix of the topics, and of the groups.
 */
export function kafkaRights(user: KafkaUser, topics: Topics, prefix: string): KafkaRight[] {
  const { read, write, groups, transactionalIds } = ACCESS[user];
  const named = Object.entries(topics) as [keyof Topics, string][];
  return [
    // All topics are looked up at a start: one that may not be seen would count as missing.
    ...named.map(([topic, name]): KafkaRight => {
      const operations: KafkaOperation[] = [
        ...(read.includes(topic) ? (['Read'] as const) : []),
        ...(write.includes(topic) ? (['Write'] as const) : []),
      ];
      return {
        resource: 'topic',
        name,
        prefixed: false,
        operations: operations.length > 0 ? operations : ['Describe'],
      };
    }),
    ...groups.map((group): KafkaRight => {
      return { resource: 'group', name: `${prefix}${group}`, prefixed: false, operations: ['Read'] };
    }),
    // Whoever follows a topic has a group of its own, and deletes it.
    { resource: 'group', name: `${prefix}tidemark-follower-`, prefixed: true, operations: ['Read', 'Delete'] },
    ...transactionalIds(topics).map((name): KafkaRight => {
      return { resource: 'transactional-id', name, prefixed: name.endsWith('-'), operations: ['Write'] };
    }),
  ];
}

/** The command that grants a right. @param at what says where the brokers are. */
export function grantCommand(
  { resource, name, prefixed, operations }: KafkaRight,
  principal: string,
  at: string,
): string {
  const pattern = prefixed ? ' --resource-pattern-type prefixed' : '';
  const allowed = operations.map((operation) => ` --operation ${operation}`).join('');
  return `kafka-acls.sh ${at} --add --allow-principal ${principal}${allowed} --${resource} ${name}${pattern}`;
}
