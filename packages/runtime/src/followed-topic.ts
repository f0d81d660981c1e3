import type { DecodedRecord, RecordName, RecordReader } from '@tidemark/contracts';
import type { LogRecord } from '@tidemark/transport';

/** A topic of which every instance of a service reads every record, from the first on: most are compacted. */
export interface FollowedTopic {
  readonly topic: string;
  /** An error ends the service, having written what it read. */
  readonly onRecord: (record: LogRecord) => void | Promise<void>;
}

/** A record of the registry's, by name. */
type RecordOf<N extends RecordName> = Extract<DecodedRecord, { readonly ok: true; readonly name: N }>['record'];

/**
 * A followed topic of records of one kind. Deletions of keys are passed over; what cannot be read is told and passed over.
 *
 * @param now milliseconds since the epoch.
 */
export function followedRecords<N extends RecordName>(settings: {
  readonly topic: string;
  readonly name: N;
  readonly reader: RecordReader;
  readonly now: () => number;
  readonly onRecord: (content: RecordOf<N>, record: LogRecord) => void;
  readonly onUnreadable?: ((record: LogRecord, reason: string) => void) | undefined;
}): FollowedTopic {
  const { topic, name, reader, now, onRecord, onUnreadable } = settings;
  return {
    topic,
    onRecord: async (record) => {
      if (record.value === null) return;
      if (record.refused !== undefined) return onUnreadable?.(record, record.refused);
      const read = await reader.read(record.value, now());
      if (!read.ok) onUnreadable?.(record, `${read.reason}: ${read.detail}`);
      else if (read.name === name) onRecord(read.record as RecordOf<N>, record);
      else onUnreadable?.(record, `a ${read.name}, where a ${name} is expected`);
    },
  };
}

/** Tells of records that the log could not read, and gives the others. */
export function passingOverRefused(
  onRecord: (record: LogRecord) => void,
  onUnreadable?: (record: LogRecord, reason: string) => void,
): FollowedTopic['onRecord'] {
  return (record) => {
    if (record.refused === undefined) onRecord(record);
    else onUnreadable?.(record, record.refused);
  };
}

/** The newest value of each partition's key in a topic of states, as bytes: of all that pass by, few are ever needed. */
export class NewestStates {
  readonly #states = new Map<number, LogRecord & { readonly value: Buffer }>();

  take(record: LogRecord): void {
    const { key, value } = record;
    if (key === null) return;
    // A copy: the record is a part of a whole batch.
    if (value === null) this.#states.delete(Number(key.toString()));
    else this.#states.set(Number(key.toString()), { ...record, value: Buffer.from(value) });
  }

  of(partition: number): (LogRecord & { readonly value: Buffer }) | null {
    return this.#states.get(partition) ?? null;
  }
}
