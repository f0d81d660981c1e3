import { PartitionAssigners, type PartitionAssigner } from 'kafkajs';

/**
 * Makes a member of a group wait before it joins again. kafkajs announces a rebalance and joins in the same breath; the one thing
 * it asks of us just before a join is the assigner's protocol, and an error there that says "rebalancing" makes it try again
 * shortly. So what was read is written before the group hands the partitions to others.
 * @param ready whether nothing is left to write; called before every join, also where the session was lost
 */
export function joiningWhen(ready: () => boolean): PartitionAssigner {
  return (config) => {
    const roundRobin = PartitionAssigners.roundRobin(config);
    return {
      name: roundRobin.name,
      version: roundRobin.version,
      assign: (group) => roundRobin.assign(group),
      protocol: (subscription) => {
        if (!ready()) throw new NotReadyToJoin();
        return roundRobin.protocol(subscription);
      },
    };
  };
}

class NotReadyToJoin extends Error {
  /** What kafkajs takes for a reason to join once more. */
  readonly type = 'REBALANCE_IN_PROGRESS';

  constructor() {
    super('What was read of the former partitions is still being written');
  }
}
