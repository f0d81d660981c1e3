import { readFile } from 'node:fs/promises';
import {
  DEAD_LETTER_REASONS,
  topicsOf,
  type DeadLetterReason,
  type SchemaRegistry,
  type Topics,
} from '@tidemark/contracts';
import type { Log } from '@tidemark/transport';
import { openLog, openRegistry, settingsFromEnvironment } from '../connections.js';
import { describeLetter, modelOf } from '../dead-letters/describe-letter.js';
import { readLetters, type LetterFilter, type StoredLetter } from '../dead-letters/letters.js';
import { replayLetters } from '../dead-letters/replay-letters.js';
import { ExitCode, UsageError } from '../exit-codes.js';
import { momentOf } from '../moment.js';
import { printableTime } from '../printable.js';
import { complain, print, printJson, table } from '../terminal.js';

export interface LetterOptions {
  readonly reason?: string;
  readonly since?: string;
  readonly limit: string;
  readonly json?: boolean;
}

export interface LetterReplayOptions extends LetterOptions {
  readonly all: boolean;
  readonly file?: string;
  readonly yes: boolean;
}

/** Where the letters are. */
export interface LetterBox {
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly topics: Topics;
}

/** Opens the installation that the environment names for one command. */
export async function withLetters<T>(run: (box: LetterBox) => Promise<T>): Promise<T> {
  const settings = settingsFromEnvironment();
  const log = await openLog(settings, 'tidemark-cli');
  try {
    return await run({ log, registry: openRegistry(settings), topics: topicsOf(settings.topicPrefix) });
  } finally {
    await log.close();
  }
}

/** Counts the letters by topic and reason, and shows the newest. */
export async function listLetters({ log, registry, topics }: LetterBox, options: LetterOptions): Promise<void> {
  const limit = limitOf(options.limit);
  const counts = new Map<
    string,
    { topic: string; reason: string; letters: number; replayed: number; nameless: number }
  >();
  let newest: StoredLetter[] = [];
  const unreadable = await readLetters(log, registry, topics.deadLetters, filterOf(options), (stored) => {
    const { topic, reason } = stored.letter;
    const group = JSON.stringify([topic, reason]);
    const count = counts.get(group) ?? { topic, reason, letters: 0, replayed: 0, nameless: 0 };
    counts.set(group, count);
    count.letters++;
    if (stored.replayed) count.replayed++;
    if (modelOf(stored.letter) === null) count.nameless++;
    newest.push(stored);
    if (newest.length >= 2 * limit) newest = newest.slice(-limit);
  });
  newest = newest.slice(Math.max(0, newest.length - limit));
  if (options.json === true) {
    for (const stored of newest) printJson(summaryOf(stored));
    return;
  }
  if (counts.size === 0) print('No dead letters.');
  else {
    const rows = [...counts.values()].sort((a, b) => b.letters - a.letters);
    print(
      ...table(
        ['topic', 'reason', 'letters', 'sent again', 'model unknown'],
        rows.map((row) => [row.topic, row.reason, row.letters, row.replayed, row.nameless]),
      ),
      '',
      `The newest ${newest.length}:`,
      ...table(
        ['letter', 'rejected at', 'from', 'model', 'reason', 'detail'],
        newest
          .map(summaryOf)
          .map((each) => [
            each.letter + (each.sent_again ? ' (sent again)' : ''),
            each.rejected_at,
            `${each.topic}/${each.partition}:${each.offset}`,
            each.model ?? '',
            each.reason,
            each.detail.slice(0, 100),
          ]),
      ),
    );
  }
  if (unreadable > 0) print('', `${unreadable} records on ${topics.deadLetters} are no dead letters.`);
}

/** Shows one letter. @throws UsageError where there is none at the place. */
export async function showLetter({ log, registry, topics }: LetterBox, place: string): Promise<void> {
  const found: StoredLetter[] = [];
  const filter = { places: new Set([placeFrom(place)]) };
  await readLetters(log, registry, topics.deadLetters, filter, (stored) => found.push(stored));
  if (found.length === 0)
    throw new UsageError([`${place}: there is no dead letter at that place of ${topics.deadLetters}`]);
  print(...(await describeLetter(found[0], registry)));
}

/** Sends letters again, or says which would be. @returns the exit code. */
export async function replayChosen(
  box: LetterBox,
  places: readonly string[],
  options: LetterReplayOptions,
): Promise<number> {
  const narrowed = options.reason !== undefined || options.since !== undefined;
  const faults: string[] = [];
  if (places.length === 0 && !narrowed && !options.all) {
    faults.push('Name the letters to send again, or choose them with --reason or --since, or all with --all');
  }
  if (options.file !== undefined && places.length !== 1) faults.push('--file mends one letter: name it');
  if (faults.length > 0) throw new UsageError(faults);
  const mended = options.file === undefined ? null : await bodyFrom(options.file);
  const { chosen, passedOver } = await replayLetters({
    ...box,
    filter: { ...filterOf(options), ...(places.length === 0 ? {} : { places: new Set(places.map(placeFrom)) }) },
    limit: limitOf(options.limit),
    mended,
    send: options.yes,
  });
  for (const { stored, why } of passedOver) complain(`${stored.place} is left: ${why}`);
  const topics = [...new Set(chosen.map(({ letter }) => letter.topic))].sort().join(' and ');
  const letters = chosen.length === 1 ? '1 letter' : `${chosen.length} letters`;
  const again = chosen.length === 0 ? '' : ` to ${topics} again`;
  if (options.yes) print(`Sent ${letters}${again}.`);
  else {
    for (const { place, letter } of chosen) print(`${place}  ${letter.reason}  ${letter.detail}`);
    print(`${letters} would be sent${again}. Nothing was sent: add --yes to send.`);
  }
  const all = places.length === 0 || chosen.length === places.length;
  return options.yes ? (all ? ExitCode.ok : ExitCode.failure) : ExitCode.usage;
}

function summaryOf({ place, letter, replayed }: StoredLetter) {
  const { topic, partition, offset, reason, detail, rejectedAt, rejectedBy, valueBytes } = letter;
  return {
    letter: place,
    rejected_at: printableTime(rejectedAt),
    rejected_by: rejectedBy,
    ...{ topic, partition, offset, reason, detail },
    model: modelOf(letter),
    bytes: valueBytes,
    sent_again: replayed,
  };
}

function filterOf({ reason, since }: LetterOptions): LetterFilter {
  if (reason !== undefined && !Object.hasOwn(DEAD_LETTER_REASONS, reason)) {
    throw new UsageError([
      `--reason ${reason}: there is no such reason; ${Object.keys(DEAD_LETTER_REASONS).join(', ')}`,
    ]);
  }
  return {
    ...(reason === undefined ? {} : { reason: reason as DeadLetterReason }),
    ...(since === undefined ? {} : { since: momentOf('--since', since) }),
  };
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 100_000) return limit;
  throw new UsageError([`--limit ${text}: must be a whole number from 1 to 100000`]);
}

/** The topic has one partition where Tidemark made it, so that an offset is enough. */
function placeFrom(text: string): string {
  if (/^\d+$/.test(text)) return `0:${text}`;
  if (/^\d+:\d+$/.test(text)) return text;
  throw new UsageError([`${text}: must be a place on the topic of dead letters, as offset or partition:offset`]);
}

async function bodyFrom(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError([`--file ${path}: cannot be read (${(error as { code?: string }).code ?? String(error)})`]);
  }
}
