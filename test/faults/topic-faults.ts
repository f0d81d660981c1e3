import { DISPLACED } from './audit-telling.js';
import { clientOf } from './codec-producers.js';
import { met, PATIENCE, pause, type Fault } from './fault.js';
import { positionsOf } from './finish.js';
import type { ServiceName } from './replica.js';
import { VISITOR, type Rig } from './rig.js';

const instancesOf = (rig: Rig, services: readonly ServiceName[]) =>
  services.flatMap((service) => rig.of(service)).filter(({ name }) => name !== VISITOR);
const halt = (rig: Rig, services: readonly ServiceName[]) =>
  Promise.all(instancesOf(rig, services).map((replica) => replica.halt()));
const resume = (rig: Rig, services: readonly ServiceName[]) =>
  instancesOf(rig, services).forEach((replica) => replica.resume());

/** The partitions of the partials that detectors have said to have lost their place in, with how often. */
function displacedIn(rig: Rig): Map<number, number> {
  const told = new Map<number, number>();
  for (const { message, topic, partition } of rig.linesOf('detector')) {
    if (typeof message !== 'string' || !message.startsWith(DISPLACED) || topic !== rig.topics.partials) continue;
    told.set(partition as number, (told.get(partition as number) ?? 0) + 1);
  }
  return told;
}

/** Waits until it is told of every partition once more. */
async function isTold(rig: Rig, partitions: Iterable<number>, before: ReadonlyMap<number, number>): Promise<void> {
  const wanted = [...partitions];
  await met(rig, `the detector told of partitions ${wanted.join(', ')} made anew or cut`, PATIENCE, () => {
    const told = displacedIn(rig);
    return wanted.every((partition) => (told.get(partition) ?? 0) > (before.get(partition) ?? 0));
  });
}

/** Deletes the records of the partials before offsets. */
async function cut(rig: Rig, offsets: ReadonlyMap<number, number>): Promise<void> {
  const admin = clientOf(rig.parts.kafka.brokers).admin();
  await admin.connect();
  // The client learns from this where the topic's partitions are, and fails without.
  await admin.fetchTopicOffsets(rig.topics.partials);
  const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }));
  await admin.deleteTopicRecords({ topic: rig.topics.partials, partitions });
  await admin.disconnect();
}

/**
 * Topics that are made anew or cut. Where records of panes that are open would be lost by nature, it is done between two streams, as all that
 * was published has been judged: nothing may be lost then.
 */
export const TOPIC_FAULTS: readonly Fault[] = [
  {
    ...{ name: 'partials cut below the saved position', kind: 'topics', resource: 'partials', quick: true },
    inflict: async (rig, random) => {
      // All that no open pane rests on: nothing is missed, and nothing is to be told.
      const group = `${rig.prefix}tidemark-detector`;
      const committed = await rig.log.committed(group, rig.topics.partials);
      await cut(rig, new Map([...committed].filter(([, offset]) => offset > 0)));
      const detectors = rig.of('detector');
      await detectors[Math.floor(random() * detectors.length)].kill();
    },
  },
  {
    ...{ name: 'partials cut beyond the saved position', kind: 'topics', resource: 'partials', quick: false },
    between: true,
    inflict: async (rig) => {
      await halt(rig, ['detector']);
      const before = displacedIn(rig);
      const positions = await positionsOf(rig);
      rig.expectations.displaced.add(rig.topics.partials);
      // Sketchers go on telling how far event time has come.
      let ranges = await rig.log.ranges(rig.topics.partials);
      await met(rig, 'partials went on without a detector', PATIENCE, async () => {
        ranges = await rig.log.ranges(rig.topics.partials);
        return [...positions].every(([partition, position]) => (ranges.get(partition)?.end ?? 0) > position + 1);
      });
      await cut(rig, new Map([...ranges].map(([partition, { end }]) => [partition, end])));
      resume(rig, ['detector']);
      await isTold(rig, positions.keys(), before);
    },
  },
  {
    ...{ name: 'partials made anew, services stopped', kind: 'topics', resource: 'partials', quick: false },
    between: true,
    inflict: async (rig) => {
      await halt(rig, ['sketcher', 'outcomes', 'detector']);
      const before = displacedIn(rig);
      const positions = await positionsOf(rig);
      rig.expectations.displaced.add(rig.topics.partials);
      await rig.makeAnew(rig.topics.partials);
      // Detectors first: a topic that has grown beyond the saved position looks like the old one.
      resume(rig, ['detector']);
      await isTold(rig, positions.keys(), before);
      resume(rig, ['sketcher', 'outcomes']);
    },
  },
  {
    ...{ name: 'partials made anew under running detectors', kind: 'topics', resource: 'partials', quick: true },
    between: true,
    inflict: async (rig) => {
      await halt(rig, ['sketcher', 'outcomes']);
      // What they wrote last is read, and accounted for.
      await pause(3000);
      const before = displacedIn(rig);
      const positions = await positionsOf(rig);
      rig.expectations.displaced.add(rig.topics.partials);
      await rig.makeAnew(rig.topics.partials);
      await isTold(rig, positions.keys(), before);
      resume(rig, ['sketcher', 'outcomes']);
    },
  },
  {
    ...{ name: 'events made anew', kind: 'topics', resource: 'events', quick: false },
    between: true,
    inflict: async (rig) => {
      await halt(rig, ['sketcher', 'outcomes']);
      await rig.read(rig.topics.events, (record) => void rig.expectations.formerEvents.push(record));
      rig.expectations.displaced.add(rig.topics.events);
      await rig.makeAnew(rig.topics.events);
      resume(rig, ['sketcher', 'outcomes']);
    },
  },
];
