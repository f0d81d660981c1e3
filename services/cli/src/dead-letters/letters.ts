import { RecordReader, type DeadLetter, type DeadLetterReason, type SchemaRegistry } from '@tidemark/contracts';
import type { Log, LogRecord } from '@tidemark/transport';

/**
 * The header of a record on the dead letters' own topic that says which letter was sent again, by its place there. It is written in
 * the transaction that sends the letter, so that one is never there without the other.
 */
export const REPLAYED = 'tidemark-replayed';

/** A letter and where it lies on the dead letters' topic. */
export interface StoredLetter {
  readonly place: string;
  readonly letter: DeadLetter;
  readonly replayed: boolean;
}

export interface LetterFilter {
  readonly reason?: DeadLetterReason;
  /** Milliseconds since the epoch: turned away then or later. */
  readonly since?: number;
  /** By their places; all unless stated. */
  readonly places?: ReadonlySet<string>;
}

/**
 * Reads the dead letters' topic from its beginning to where it ends now. It is read twice, first for what was sent again, so that
 * neither pass keeps more than the caller does.
 *
 * @returns how many records on the topic are no letters that can be read
 */
export async function readLetters(
  log: Log,
  registry: SchemaRegistry,
  topic: string,
  filter: LetterFilter,
  onLetter: (stored: StoredLetter) => void,
): Promise<number> {
  const replayed = new Set<string>();
  await readThrough(log, topic, ({ headers }) => {
    if (headers[REPLAYED] !== undefined) replayed.add(headers[REPLAYED].toString());
  });
  const reader = new RecordReader(registry, { names: ['DeadLetter'] });
  let unreadable = 0;
  await readThrough(log, topic, async (record) => {
    if (record.headers[REPLAYED] !== undefined) return;
    const read = await reader.read(record.value, Date.now());
    if (!read.ok || read.name !== 'DeadLetter') {
      unreadable++;
      return;
    }
    const stored = { place: placeOf(record), letter: read.record, replayed: replayed.has(placeOf(record)) };
    if (matches(stored, filter)) onLetter(stored);
  });
  return unreadable;
}

function matches({ place, letter }: StoredLetter, { reason, since, places }: LetterFilter): boolean {
  return (
    (reason === undefined || letter.reason === reason) &&
    (since === undefined || letter.rejectedAt >= since) &&
    (places === undefined || places.has(place))
  );
}

async function readThrough(
  log: Log,
  topic: string,
  onRecord: (record: LogRecord) => void | Promise<void>,
): Promise<void> {
  const follower = await log.follow(topic, onRecord);
  await follower.stop();
  await follower.done;
}

function placeOf({ partition, offset }: LogRecord): string {
  return `${partition}:${offset}`;
}
