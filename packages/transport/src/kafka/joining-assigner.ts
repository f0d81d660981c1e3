import { PartitionAssigners, type PartitionAssigner } from 'kafkajs';

/** When a member may join its group: `later` where it still has something to write, `never` where it has been stopped. */
export type Joining = 'now' | 'later' | 'never';

/**
 * Makes a member of a group wait before it joins again. kafkajs announces a rebalance and joins in the same breath; the one thing
 * it asks of us just before a join is the assigner's protocol, and an error there that says "rebalancing" makes it try again
 * shortly. So what was read is written before the group hands the partitions to others. Any other error ends the attempt for good: kafkajs
 * forgets an attempt that is under way when it is disconnected, and would join once a broker answers.
 * @param joining called before every join, also where the session was lost
 */
export function joiningWhen(joining: () => Joining): PartitionAssigner {
  return (config) => {
    const roundRobin = PartitionAssigners.roundRobin(config);
    return {
      name: roundRobin.name,
      version: roundRobin.version,
      assign: (group) => roundRobin.assign(group),
      protocol: (subscription) => {
        const when = joining();
        if (when === 'never') throw new ReaderStopped();
        if (when === 'later') throw new NotReadyToJoin();
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

class ReaderStopped extends Error {
  constructor() {
    super('The reader has been stopped');
  }
}
