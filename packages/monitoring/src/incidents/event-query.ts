import type { DriftEvent } from '../model/drift-event.js';

/** The database that the queries of drift events name until {@link inDatabase} says which one it is. */
export const DEFAULT_DATABASE = 'tidemark';

const PLAIN = /^[A-Za-z0-9_.:/-]$/;

/**
 * A text from outside as a string literal of ClickHouse: each byte of its UTF-8 that is not a plain letter, digit or one of `_.:/-`
 * is written as `\xNN`. People paste queries into SQL consoles, shells and chats: nothing in a name can end the literal there, run
 * a command, or move the cursor of a terminal.
 */
export function quoted(value: string): string {
  let text = '';
  for (const byte of new TextEncoder().encode(value)) {
    const character = String.fromCharCode(byte);
    text += PLAIN.test(character) ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `'${text}'`;
}

/** A table or view of Tidemark's as the queries of drift events name it. */
export function tableOf(name: string): string {
  return `${DEFAULT_DATABASE}.${name}`;
}

/**
 * The event with its query about the database that the installation writes to.
 *
 * @param database letters, digits and underscores, as ClickHouse takes them unquoted.
 */
export function inDatabase(event: DriftEvent, database: string): DriftEvent {
  if (database === DEFAULT_DATABASE) return event;
  // The first FROM stands before all values, and quoted values hold no blanks.
  return { ...event, query: event.query.replace(`FROM ${DEFAULT_DATABASE}.`, () => `FROM ${database}.`) };
}
