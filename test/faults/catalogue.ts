import type { FrontMode } from './clickhouse-front.js';
import type { Random } from './random.js';
import type { Replica, ServiceName } from './replica.js';
import type { Rig } from './rig.js';

/** A fault that is put upon a running installation, and taken off again. */
export interface Fault {
  readonly name: string;
  /** Faults of equal resources follow one another. */
  readonly resource: 'front' | 'kafka' | 'registry' | 'sketcher' | 'detector' | 'outcomes' | 'group';
  /** Resolves when it is over. @returns how many requests met it, where that is known. */
  readonly inflict: (rig: Rig, random: Random) => Promise<number | void>;
}

/** Longer than the session of a member of a consumer group lasts. */
export const FREEZE = 9000;
/** The member that comes and goes. */
const VISITOR = 'visitor';
/** Longer than the services wait for an answer of ClickHouse. */
const HANG = 33_000;

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
const between = (least: number, most: number, random: Random) => least + Math.floor(random() * (most - least));
const oneOf = (rig: Rig, service: ServiceName, random: Random): Replica => {
  // A visitor has enough to do: one that is frozen cannot obey who tells it to stop.
  const replicas = rig.of(service).filter(({ name }) => name !== VISITOR);
  return replicas[Math.floor(random() * replicas.length)];
};

const process = (service: ServiceName): Fault[] => [
  {
    name: `SIGKILL ${service}`,
    resource: service,
    inflict: async (rig, random) => void (await oneOf(rig, service, random).kill()),
  },
  {
    name: `SIGTERM ${service}`,
    resource: service,
    inflict: async (rig, random) => void (await oneOf(rig, service, random).restart()),
  },
  {
    name: `SIGSTOP ${service}`,
    resource: service,
    inflict: (rig, random) => oneOf(rig, service, random).freeze(FREEZE),
  },
];

const front = (mode: FrontMode, name: string, least: number, most: number): Fault => ({
  name: `ClickHouse ${name}`,
  resource: 'front',
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
    resource: 'front',
    inflict: (rig, random) => rig.front.killAndRestart(between(500, 3000, random)),
  },
  {
    name: 'broker killed',
    resource: 'kafka',
    inflict: async (rig, random) => {
      await rig.parts.kafka.kill();
      await pause(between(0, 3000, random));
      await rig.parts.kafka.restart();
    },
  },
  { name: 'broker restarted', resource: 'kafka', inflict: (rig) => rig.parts.kafka.restart() },
  {
    name: 'registry down midway',
    resource: 'registry',
    inflict: async (rig, random) => {
      await rig.gate.shut();
      await pause(between(6000, 10_000, random));
      await rig.gate.open();
    },
  },
  {
    name: 'rebalance storm',
    resource: 'group',
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
];
