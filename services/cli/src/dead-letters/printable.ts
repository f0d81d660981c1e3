/**
 * Text from outside for a terminal: control characters, which could move its cursor or rewrite what stands there, and those that turn
 * the direction of text are shown as escapes.
 *
 * @example
 * printable('a\u001b[2Jb\n'); // 'a\\x1b[2Jb\\x0a'
 */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what it is about
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

/** Bytes in rows of sixteen: where, as hexadecimal, and as ASCII where they are printable. @param most of them, and a last row that says so. */
export function hexDump(bytes: Uint8Array, most: number): string {
  const rows: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, most); at += 16) {
    const row = [...bytes.subarray(at, Math.min(at + 16, most))];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    rows.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  ${text}`);
  }
  if (bytes.length > most) rows.push(`… ${bytes.length - most} bytes more`);
  return rows.join('\n');
}

/** Milliseconds since the epoch as ISO 8601; as the number where they are no time that a calendar has. */
export function printableTime(milliseconds: number): string {
  return Math.abs(milliseconds) <= 8.64e15 ? new Date(milliseconds).toISOString() : String(milliseconds);
}
