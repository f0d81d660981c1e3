/**
 * Characters that a terminal obeys or that a reader cannot see: control characters (C0, DEL, C1), line and paragraph separators, what turns
 * the direction of text, what has no width, and halves of surrogate pairs.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Text for one line of a terminal: characters that move its cursor, end the line, turn the direction of text or cannot be seen are
 * shown as escapes.
 *
 * @example
 * printable('a\u001b[2Jb\n\u202e'); // 'a\\x1b[2Jb\\x0a\\u{202e}'
 */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => {
    const hex = character.codePointAt(0)!.toString(16);
    return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
  });
}

/**
 * A value as JSON on one line, the same value to whoever parses it, whose bytes no terminal obeys.
 *
 * @example
 * printableJson({ a: '\u009b31m' }); // '{"a":"\\u009b31m"}'
 */
export function printableJson(value: unknown): string {
  return escapedJson(JSON.stringify(value) ?? 'null');
}

/** The same of a text that is JSON already: outside its strings there is nothing to escape. */
export function escapedJson(json: string): string {
  return json.replaceAll(UNPRINTABLE, (character) =>
    Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** Bytes in rows of sixteen: where, as hexadecimal, and as ASCII where they are printable. @param most of them, and a last row that says so. */
export function hexDump(bytes: Uint8Array, most: number): string[] {
  const rows: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, most); at += 16) {
    const row = [...bytes.subarray(at, Math.min(at + 16, most))];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    rows.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  ${text}`);
  }
  if (bytes.length > most) rows.push(`… ${bytes.length - most} bytes more`);
  return rows;
}

/** Milliseconds since the epoch as ISO 8601; as the number where they are no time that a calendar has. */
export function printableTime(milliseconds: number): string {
  return Math.abs(milliseconds) <= 8.64e15 ? new Date(milliseconds).toISOString() : String(milliseconds);
}
