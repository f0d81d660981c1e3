/**
 * Texts inside SQL, for the one place that cannot pass them as parameters: results that the embedded engine streams, and the
 * structure of a file. Every byte is written as an escape, so that nothing in a text can end it.
 */
export function sqlString(text: string): string {
  return `'${escapeAll(text)}'`;
}

/** A name of a column, likewise. */
export function sqlIdentifier(name: string): string {
  return `\`${escapeAll(name)}\``;
}

function escapeAll(text: string): string {
  return Buffer.from(text, 'utf8').toString('hex').replaceAll(/../g, '\\x$&');
}
