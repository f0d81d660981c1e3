import { styleText } from 'node:util';
import { printable, printableJson } from './printable.js';

// The only way of a command to stdout and stderr, but for the services' log lines: lint refuses any other. Names come from whoever can
// write to a topic, so nothing is printed but lines, and whatever is in a line stays in it.

type Style = Parameters<typeof styleText>[0];

/** A piece of a line in a colour or a weight. */
interface Painted {
  readonly style: Style;
  readonly text: string;
}

/** A line without its end. */
export type Line = string | readonly (string | Painted)[];

/** A piece of a line, coloured where stdout is a terminal and has not been told otherwise (NO_COLOR). */
export function paint(style: Style, text: string): Painted {
  return { style, text };
}

/** Prints lines to stdout; what a terminal would obey in them is shown as escapes. */
export function print(...lines: readonly Line[]): void {
  console.log(lines.map(lineText).join('\n'));
}

/** Prints lines of CSV to stdout as they are: their cells are escaped where they are written, so that they can be read back. */
export function printCsv(lines: Iterable<string>): void {
  for (const line of lines) console.log(line);
}

/** Prints a value as one line of JSON to stdout. */
export function printJson(value: unknown): void {
  console.log(printableJson(value));
}

/** Says something on stderr, line by line: complaints, and what is not the command's result. */
export function complain(...lines: readonly string[]): void {
  console.error(lines.map(printable).join('\n'));
}

function lineText(line: Line): string {
  if (typeof line === 'string') return printable(line);
  return line.map((piece) => (typeof piece === 'string' ? printable(piece) : paintedText(piece))).join('');
}

function paintedText({ style, text }: Painted): string {
  const shown = printable(text);
  const coloured = process.stdout.isTTY && process.env.NO_COLOR === undefined;
  return coloured ? styleText(style, shown, { validateStream: false }) : shown;
}

/** Rows under headings, columns as wide as their widest cell; numbers to the right. A line a row, whatever is in the cells. */
export function table(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const cells = [headings, ...rows].map((row) => row.map((cell) => printable(String(cell))));
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells.map((row, index) =>
    row
      .map((cell, column) => {
        const numeric = index > 0 && typeof rows[index - 1][column] === 'number';
        return numeric ? cell.padStart(widths[column]) : cell.padEnd(widths[column]);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** A bar on stderr that redraws itself where that is a terminal, and says nothing elsewhere. */
export class ProgressBar {
  #drawnAt = 0;

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {}

  /** @param share from 0 to 1; drawn at most ten times a second. */
  update(share: number, text: string): void {
    if (!this.stream.isTTY || Date.now() - this.#drawnAt < 100) return;
    this.#drawnAt = Date.now();
    const width = 30;
    const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
    const line = `${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${text}`;
    this.stream.write(`\r\u001b[2K${line.slice(0, (this.stream.columns ?? 80) - 1)}`);
  }

  /** Takes the bar away, so that something else can be written. */
  clear(): void {
    if (this.stream.isTTY) this.stream.write('\r\u001b[2K');
  }
}
