import { foldString, hashHigh } from '@tidemark/sketches';
import { cut } from '../summaries/cut.js';
import { CellTag, type CellVector, type EventBatch } from './event-batch.js';

/** What is measured of a text, each a column of its own: `<text>.length` and so on. Shares are of the text's characters, 0 to 1. */
const FIGURES = [
  'length',
  'words',
  'word_length',
  'letters',
  'digits',
  'upper_case',
  'punctuation',
  'white_space',
  'non_ascii',
] as const;

/** Tokens beyond these are not chosen from: a text is as long as an event may be. */
const MOST_TOKENS = 2000;
/** Longer tokens are cut: what comes after tells no word from another. */
const LONGEST_TOKEN = 32;

interface TextFigures {
  /** In the order of FIGURES; word_length is NaN for a text without words, shares are for an empty one. */
  readonly values: readonly number[];
  readonly tokens: readonly string[];
}

/**
 * Replaces columns of text by columns that measure them: length in characters (code points), words, their mean length, shares of
 * character classes (Unicode's general categories), and `<text>.token`, a category: one word of each text, in lower case,
 * drawn evenly by the event's id, so that its distribution is that of words over texts and a replay draws the same.
 * A null stays a null of the length, and what is no text an error of its type there.
 */
export function deriveTextColumns(batch: EventBatch, texts: readonly string[]): void {
  for (const name of texts) {
    const cells = batch.columns.get(name);
    if (cells !== undefined) derive(batch, name, cells);
  }
}

/** The names of the columns that stand for a column of text. */
export function textColumnsOf(name: string): string[] {
  return [...FIGURES.map((figure) => `${name}.${figure}`), `${name}.token`];
}

function derive(batch: EventBatch, name: string, cells: CellVector): void {
  const targets = FIGURES.map((figure) => batch.column(`${name}.${figure}`));
  const tokens = batch.column(`${name}.token`);
  const known = new Map<number, TextFigures>();
  for (let row = 0; row < batch.rows; row++) {
    const tag = cells.tag(row);
    if (tag === CellTag.absent) continue;
    if (tag !== CellTag.string) {
      if (tag === CellTag.null) targets[0].setNull(row);
      // No number: an error of the type, as the column's own cell is.
      else targets[0].setBoolean(row, false);
      continue;
    }
    const id = cells.values[row];
    let figures = known.get(id);
    if (figures === undefined) known.set(id, (figures = measure(cells.dictionary[id])));
    figures.values.forEach((value, i) => {
      if (value === value) targets[i].setNumber(row, value);
    });
    const { tokens: words } = figures;
    if (words.length > 0) tokens.setString(row, words[placeOf(batch.eventIds[row], words.length)]);
  }
}

/** An even draw, 0 to `count` − 1, that is the same for the same id. */
function placeOf(eventId: string, count: number): number {
  return (hashHigh(...foldString(eventId)) >>> 0) % count;
}

function measure(text: string): TextFigures {
  let length = 0;
  let letters = 0;
  let digits = 0;
  let upper = 0;
  let punctuation = 0;
  let space = 0;
  let nonAscii = 0;
  for (const character of text) {
    length++;
    const code = character.codePointAt(0)!;
    if (code > 127) nonAscii++;
    if (/\p{L}/u.test(character)) {
      letters++;
      if (/\p{Lu}/u.test(character)) upper++;
    } else if (/\p{Nd}/u.test(character)) digits++;
    else if (/\s/u.test(character)) space++;
    else if (/[\p{P}\p{S}]/u.test(character)) punctuation++;
  }
  const words = text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const wordLength = words.length === 0 ? NaN : words.reduce((sum, word) => sum + word.length, 0) / words.length;
  const shares = [letters, digits, upper, punctuation, space, nonAscii].map((count) => count / length);
  const tokens = words.slice(0, MOST_TOKENS).map((word) => cut(word.toLowerCase(), LONGEST_TOKEN));
  return { values: [length, words.length, wordLength, ...shares], tokens };
}
