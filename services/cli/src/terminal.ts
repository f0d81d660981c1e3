import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours text for a stream that is a terminal and has not been told otherwise (NO_COLOR). */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return stream.isTTY && process.env.NO_COLOR === undefined ? styleText(style, text, { validateStream: false }) : text;
}

/** Rows under headings, columns as wide as their widest cell; numbers to the right. */
export function table(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [headings, ...rows.map((row) => row.map(String))];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells
    .map((row, index) =>
      row
        .map((cell, column) => {
          const numeric = index > 0 && typeof rows[index - 1][column] === 'number';
          return numeric ? cell.padStart(widths[column]) : cell.padEnd(widths[column]);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
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
