/**
 * Begins a text that a spreadsheet would take for a formula, also behind blanks or what cannot be seen, and in full-width characters. The
 * apostrophes in front are those of texts that are guarded already, so that a text and its guarded form are never the same.
 */
const FORMULA = /^'*(?:[\t\r]|[\p{White_Space}\p{Cc}\p{Cf}]*[=+\-@＝＋－＠﹦﹢﹣﹫−])/u;
/** A number as this program writes one, which a spreadsheet takes for just that. */
const NUMBER = /^-\d+(?:\.\d+)?(?:e[+-]\d+)?$/;

/**
 * What a terminal would obey or nobody would see; line breaks and tabs stay, as cells are in quotation marks. Of these three a spreadsheet
 * may begin a cell at a line break, a tab or a semicolon, if told so, and then read what follows as a formula.
 */
const UNSEEN =
  /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\\(?=u\{)|[\t\n;](?=[\p{White_Space}\p{Cf}]*[=+\-@＝＋－＠﹦﹢﹣﹫−])/gu;
const ESCAPE = /\\u\{([0-9a-f]{1,6})\}/g;

/**
 * A line of CSV (RFC 4180), without its end. Texts come from outside: one that a spreadsheet would run as a formula gets an apostrophe in
 * front, and characters that nobody would see are written as `\u{…}`; {@link textOfCell} takes both back. Every text is in quotation marks.
 *
 * @example
 * csvLine(['007', 0.5, null, '=A1', '-5']); // '"007",0.5,,"\'=A1","-5"'
 */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return cells.map(cellOf).join(',');
}

function cellOf(cell: string | number | null): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const guarded = FORMULA.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell;
  const text = guarded.replaceAll(UNSEEN, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
  return `"${text.replaceAll('"', '""')}"`;
}

/** The text that a cell was written from. A number that has an apostrophe in front, as it had in older sheets, is that number. */
export function textOfCell(cell: string): string {
  const text = cell.replaceAll(ESCAPE, (escape, hex: string) => {
    const point = parseInt(hex, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : escape;
  });
  return text.startsWith("'") && FORMULA.test(text.slice(1)) ? text.slice(1) : text;
}
