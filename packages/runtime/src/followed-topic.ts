import type { LogRecord } from '@tidemark/transport';

/** A topic of which every instance of a service reads every record, from the first on: most are compacted. */
export interface FollowedTopic {
  readonly topic: string;
  /** An error ends the service, having written what it read. */
  readonly onRecord: (record: LogRecord) => void | Promise<void>;
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
