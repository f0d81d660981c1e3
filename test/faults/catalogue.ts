import type { FrontMode } from './clickhouse-front.js';
import type { Random } from './random.js';
import type { Replica, ServiceName } from './replica.js';
import { between, pause, type Fault, type FaultKind } from './fault.js';
import { sendDamagedBatches } from './damaged-batches.js';
import { PARTITIONS, VISITOR, type Rig } from './rig.js';
import { SET_ASIDE_FAULT } from './set-aside-fault.js';
import { SETTINGS_FAULTS } from './settings-faults.js';
import { TOPIC_FAULTS } from './topic-faults.js';

/** Longer than the session of a member of a consumer group lasts. */
export const FREEZE = 9000;
/** Longer than the services wait for an answer of ClickHouse. */
const HANG = 33_000;

const oneOf = (rig: Rig, service: ServiceName, random: Random): Replica => {
  // A visitor has enough to do: one that is frozen cannot obey who tells it to stop.
  const replicas = rig.of(service).filter(({ name }) => name !== VISITOR);
  return replicas[Math.floor(random() * replicas.length)];
};

const process = (service: ServiceName): Fault[] => [
  {
    name: `SIGKILL ${service}`,
    ...{ kind: 'processes', resource: service, quick: true },
    inflict: async (rig, random) => void (await oneOf(rig, service, random).kill()),
  },
  {
    name: `SIGTERM ${service}`,
    ...{ kind: 'processes', resource: service, quick: true },
    inflict: async (rig, random) => void (await oneOf(rig, service, random).restart()),
  },
  {
    name: `SIGSTOP ${service}`,
    ...{ kind: 'processes', resource: service, quick: true },
    inflict: (rig, random) => oneOf(rig, service, random).freeze(FREEZE),
  },
];

const front = (mode: FrontMode, name: string, least: number, most: number): Fault => ({
  name: `ClickHouse ${name}`,
  ...{ kind: 'clickhouse', resource: 'front', quick: true },
  inflict: async (rig, random) => {
    await rig.front.setMode(mode);
    await pause(between(least, most, random));
    const met = await rig.front.setMode('serving');
    // Nobody counts those who are refused.
    return mode === 'refusing' ? undefined : met;
  },
});

/** ClickHouse is away for a long time. */
export function outageOf(milliseconds: number): Fault {
  return front('refusing', `refuses for ${milliseconds / 1000} s`, milliseconds, milliseconds);
}

/** Every fault that comes at a moment. A registry that is down at the start and the evolution of the schema are the run's own. */
export const FAULTS: readonly Fault[] = [
  ...process('sketcher'),
  ...process('detector'),
  ...process('outcomes'),
  front('refusing', 'refuses', 3000, 8000),
  front('hanging', 'hangs', HANG, HANG + 2000),
  front('overloaded', 'overloaded', 2000, 6000),
  front('unavailable', 'unavailable', 2000, 6000),
  front('cutting', 'cuts after the write', 2000, 6000),
  front('disk-full', 'disk full', 2000, 6000),
  {
    name: 'ClickHouse killed',
    ...{ kind: 'clickhouse', resource: 'front', quick: true },
    inflict: (rig, random) => rig.front.killAndRestart(between(500, 3000, random)),
  },
  {
    name: 'broker killed',
    ...{ kind: 'kafka', resource: 'kafka', quick: true },
    inflict: async (rig, random) => {
      await rig.parts.kafka.kill();
      await pause(between(0, 3000, random));
      await rig.parts.kafka.restart();
    },
  },
  {
    name: 'broker restarted',
    ...{ kind: 'kafka', resource: 'kafka', quick: true },
    inflict: (rig) => rig.parts.kafka.restart(),
  },
  {
    name: 'registry down midway',
    ...{ kind: 'registry', resource: 'registry', quick: true },
    inflict: async (rig, random) => {
      await rig.gate.shut();
      await pause(between(6000, 10_000, random));
      await rig.gate.open();
    },
  },
  {
    name: 'rebalance storm',
    ...{ kind: 'rebalances', resource: 'group', quick: true },
    inflict: async (rig, random) => {
      const visitor = rig.start('sketcher', VISITOR);
      for (let leave = 0; leave < 4; leave++) {
        await pause(between(2500, 4500, random));
        // It is started anew a moment after it has left.
        if (leave < 3) await visitor.restart();
      }
      await visitor.stop();
    },
  },
  {
    name: 'damaged batches',
    ...{ kind: 'damage', resource: 'kafka', quick: true },
    inflict: async (rig, random) => {
      const partitionOf = () => Math.floor(random() * PARTITIONS);
      await sendDamagedBatches(rig, rig.topics.events, partitionOf);
      await sendDamagedBatches(rig, rig.topics.groundTruth, partitionOf);
    },
  },
  ...SETTINGS_FAULTS,
  SET_ASIDE_FAULT,
  ...TOPIC_FAULTS,
];

/** What `--only` may name. */
export const FAULT_KINDS: ReadonlySet<FaultKind> = new Set(FAULTS.map(({ kind }) => kind));
