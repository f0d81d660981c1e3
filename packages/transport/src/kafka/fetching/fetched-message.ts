/** A record as it goes through the client to the consumer; the client looks at offset and isControlRecord alone. */
export interface FetchedMessage {
  readonly offset: string;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
  /** Nobody is to see it; reading goes on after it. */
  readonly isControlRecord: boolean;
  readonly refused?: string;
}

export const NO_HEADERS: Readonly<Record<string, Buffer>> = Object.freeze({});

/** So many records that could not be read are each given as one; the last stands for the others of its batch. */
const MOST_REFUSED = 1000;

/** What stands for the `count` records up to an offset that could not be read; those below `from` are left out. */
export function* refusals(count: number, last: number, from: number, reason: string): Generator<FetchedMessage> {
  const first = Math.max(from, last - count + 1);
  const others = Math.max(0, last - first + 1 - MOST_REFUSED);
  for (let offset = first + others; offset < last; offset++) yield refusal(offset, reason);
  if (last < first) return;
  yield refusal(
    last,
    others === 0 ? reason : `${reason}; this stands also for the ${others} records from offset ${first} on`,
  );
}

function refusal(offset: number, refused: string): FetchedMessage {
  return {
    offset: String(offset),
    timestamp: 0,
    key: null,
    value: NO_BYTES,
    headers: NO_HEADERS,
    isControlRecord: false,
    refused,
  };
}

/** A value of no bytes: none at all would delete a key from a compacted topic. */
const NO_BYTES = Buffer.alloc(0);

/** Moves the reader past offsets at which there is nothing for it to see. */
export function passing(offset: number): FetchedMessage {
  return { offset: String(offset), timestamp: 0, key: null, value: null, headers: NO_HEADERS, isControlRecord: true };
}
