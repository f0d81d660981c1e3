import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import type { Follower, LogRecord } from '../port.js';
import { TransportError } from '../transport-error.js';
import type { KafkaAdmin } from './kafka-admin.js';
import { KafkaConsumer } from './kafka-consumer.js';
import type { KafkaOffsets } from './kafka-offsets.js';

interface Surroundings {
  readonly kafka: Kafka;
  readonly admin: KafkaAdmin;
  readonly offsets: KafkaOffsets;
  readonly groupPrefix: string;
}

/**
 * Reads a whole topic, all partitions in this process; resolves once what was there at the call has been given. kafkajs reads
 * through groups only, so each follower has a group of its own that commits nothing and is deleted when it stops. Where the process
 * was killed, brokers delete the group themselves, as it is empty and has no offsets (offsets.retention.check.interval.ms).
 */
export async function followOnKafka(
  { kafka, admin, offsets, groupPrefix }: Surroundings,
  topic: string,
  onRecord: (record: LogRecord) => void | Promise<void>,
  from: ReadonlyMap<number, number> = new Map(),
): Promise<Follower> {
  // Whoever meets the group in a log or a tool sees what it is for.
  const group = `${groupPrefix}tidemark-follower-${topic}-${randomUUID()}`;
  /** Where to go on should the group be joined anew: nothing is committed. */
  const next = new Map<number, number>(from);
  const waiting = new Set<() => void>();
  const consumer = await KafkaConsumer.start(
    kafka,
    offsets,
    { topic, group, tickInterval: 60_000, sparse: true, onProgress: () => waiting.forEach((check) => check()) },
    {
      assigned: (partitions) => Promise.resolve(new Map(partitions.map((each) => [each, next.get(each) ?? null]))),
      records: async (partition, records) => {
        for (const record of records) {
          await onRecord(record);
          next.set(partition, record.offset + 1);
        }
      },
      revoked: () => Promise.resolve(),
      tick: () => Promise.resolve(),
    },
  );
  const stop = async (): Promise<void> => {
    await consumer.stop();
    await deleteGroup(admin, group);
  };
  const catchUp = async (): Promise<void> => {
    const ends = await offsets.ranges(topic);
    const isCaughtUp = () => [...ends].every(([partition, { end }]) => (consumer.position(partition) ?? -1) >= end);
    let check: () => void = () => undefined;
    const caughtUp = new Promise<void>((resolve) => {
      check = () => {
        if (isCaughtUp()) resolve();
      };
    });
    waiting.add(check);
    check();
    const stopped = consumer.done.then(() => {
      throw new TransportError('closed', `Following ${topic} was stopped`);
    });
    await Promise.race([caughtUp, stopped]).finally(() => waiting.delete(check));
  };
  try {
    await catchUp();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    catchUp,
    done: consumer.done,
    stop,
    get outsideFor() {
      return consumer.outsideFor;
    },
  };
}

/** Our leave may still be on its way to the coordinator, which deletes no group that has members. */
async function deleteGroup(admin: KafkaAdmin, group: string): Promise<void> {
  for (let attempts = 1; attempts <= 5; attempts++) {
    try {
      await admin.ask((client) => client.deleteGroups([group]));
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100 * attempts));
    }
  }
}
