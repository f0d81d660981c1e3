import type { SchemaRegistry, Topics } from '@tidemark/contracts';
import type { Log, OutRecord, TransactionalProducer } from '@tidemark/transport';
import { readLetters, REPLAYED, type LetterFilter, type StoredLetter } from './letters.js';

/** The header of a record that was a dead letter: which, by its topic and place. */
export const REPLAYED_FROM = 'tidemark-replayed-from';

/** A transaction is committed once it holds so many bytes. */
const MOST_BYTES = 4 << 20;
/** A key as long as this was cut, and would lead the record elsewhere. */
const CUT_KEY_BYTES = 64 << 10;

export interface ReplayRequest {
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly topics: Topics;
  readonly filter: LetterFilter;
  readonly limit: number;
  /** Sent instead of the bytes of the one letter that the filter names. */
  readonly mended: Buffer | null;
  /** Whether to send; otherwise it is only said what would be. */
  readonly send: boolean;
}

export interface ReplayReport {
  readonly chosen: readonly StoredLetter[];
  /** Letters that were not sent, with the reason. */
  readonly passedOver: readonly { readonly stored: StoredLetter; readonly why: string }[];
}

/**
 * Sends letters of events and labels again, bytes and key as they came, to the topic that they came from. Each is sent once: a letter and the mark that it
 * was sent are one transaction, and of two who replay at the same time the later one fences the other before it reads the marks.
 *
 * @throws TransportError `fenced` where another replay began meanwhile; what had been sent by then is marked.
 */
export async function replayLetters(request: ReplayRequest): Promise<ReplayReport> {
  const { log, registry, topics, filter, limit, mended, send } = request;
  const producer = send ? await log.transactionalProducer(`${topics.deadLetters}-replay`) : null;
  try {
    const chosen: StoredLetter[] = [];
    const passedOver: { stored: StoredLetter; why: string }[] = [];
    await readLetters(log, registry, topics.deadLetters, filter, (stored) => {
      if (chosen.length === limit) return;
      const why = obstacle(stored, topics, mended !== null);
      if (why === null) chosen.push(stored);
      else passedOver.push({ stored, why });
    });
    if (producer !== null) await sendAll(chosen, mended, topics, producer);
    return { chosen, passedOver };
  } finally {
    await producer?.close();
  }
}

function obstacle({ letter, replayed }: StoredLetter, topics: Topics, mended: boolean): string | null {
  if (replayed) return 'it was sent again before';
  // Whoever can write a dead letter must not thereby write to any topic that we may write to.
  if (letter.topic !== topics.events && letter.topic !== topics.groundTruth) {
    return `it comes neither from ${topics.events} nor from ${topics.groundTruth}`;
  }
  if (letter.key !== null && letter.key.length >= CUT_KEY_BYTES) return 'its key was too long to be kept';
  if (mended) return null;
  if (letter.value === null || letter.value.length === 0) return 'no bytes of it were kept';
  if (letter.value.length < letter.valueBytes)
    return `only ${letter.value.length} of its ${letter.valueBytes} bytes were kept`;
  return null;
}

async function sendAll(
  letters: readonly StoredLetter[],
  mended: Buffer | null,
  { deadLetters }: Topics,
  producer: TransactionalProducer,
): Promise<void> {
  let records: OutRecord[] = [];
  let bytes = 0;
  const commit = async (): Promise<void> => {
    if (records.length > 0) await producer.commit({ records });
    records = [];
    bytes = 0;
  };
  for (const { place, letter } of letters) {
    const value = mended ?? bufferOf(letter.value);
    const key = bufferOf(letter.key);
    const mark = { key: null, value: null, headers: { [REPLAYED]: place } };
    records.push(
      { topic: letter.topic, key, value, headers: { [REPLAYED_FROM]: `${deadLetters}/${place}` } },
      { topic: deadLetters, partition: Number(place.split(':')[0]), ...mark },
    );
    bytes += (value?.length ?? 0) + (key?.length ?? 0);
    if (bytes >= MOST_BYTES) await commit();
  }
  await commit();
}

function bufferOf(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
