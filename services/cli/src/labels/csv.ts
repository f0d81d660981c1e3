/** Begins a text that a spreadsheet would take for a formula; an apostrophe before it says that it is none. */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * A line of CSV (RFC 4180), without its end. Texts come from outside: one that a spreadsheet would run as a formula gets an apostrophe in front.
 * Every text is in quotation marks, so that an id of digits stays a text.
 *
 * @example
 * csvLine(['007', 0.5, null, '=A1']); // '"007",0.5,,"\'=A1"'
 */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return cells.map(cellOf).join(',');
}

function cellOf(cell: string | number | null): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return `"${text.replaceAll('"', '""')}"`;
}

/** The text that a cell was written from. */
export function textOfCell(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell.slice(1)) ? cell.slice(1) : cell;
}
