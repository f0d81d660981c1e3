import { streamId, type QualityRow } from '@tidemark/monitoring';
import type { Estimate } from '@tidemark/statistics';
import { minuteOf } from '../moment.js';
import { table } from '../terminal.js';

/** Metrics in the order in which one is shown, unless the monitor names one. */
const USUAL = ['accuracy', 'mae'];

/** What quality was expected of each window of a past without its labels, and what was found with them: of all events. */
export class QualityByWindow {
  /** By stream, window and metric: the last word on it. */
  readonly #rows = new Map<string, QualityRow>();

  /** @param metric the one that the monitor names; null: accuracy, or of values the mean absolute error. */
  constructor(private readonly metric: string | null) {}

  take(rows: readonly QualityRow[]): void {
    for (const row of rows) {
      if (row.segment.dimension !== '') continue;
      this.#rows.set(`${streamId(row.stream)}\u0000${row.windowStart}\u0000${row.metric}`, row);
    }
  }

  /** A table, a line a window; empty where no window had labels. */
  describe(): string[] {
    const labelled = [...this.#rows.values()].filter(({ labels }) => labels > 0);
    const wanted = [...(this.metric === null ? [] : [this.metric]), ...USUAL];
    const metric = wanted.find((each) => labelled.some((row) => row.metric === each));
    const shown = labelled.filter((row) => row.metric === metric);
    if (shown.length === 0) return [];
    shown.sort((a, b) => a.windowStart - b.windowStart || (streamId(a.stream) < streamId(b.stream) ? -1 : 1));
    const rows = shown.map(({ windowStart, windowSize, predictions, labels, expected, realised, verdict }) => [
      ...[windowStart, windowStart + windowSize].map(minuteOf),
      ...[predictions, labels, numberOf(expected.value), numberOf(realised.value), intervalOf(realised), verdict],
    ]);
    const headings = ['window from', 'to', 'predictions', 'labels', `${metric} expected`, 'found', '95 %', 'verdict'];
    return table(headings, rows);
  }
}

function numberOf(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(3);
}

function intervalOf({ low, high }: Estimate): string {
  return Number.isNaN(low) ? '–' : `${low.toFixed(3)}–${high.toFixed(3)}`;
}
