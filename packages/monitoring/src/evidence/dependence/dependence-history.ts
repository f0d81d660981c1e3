import { LONGEST_SCAN } from '@tidemark/statistics';
import type { DependenceCounts } from './dependence-counts.js';

/** Which windows follow each other: those of one size; where windows slide, those that do not overlap. */
interface Succession {
  /** Index of the monitor's window. */
  readonly horizon: number;
  /** Which of the slides of a window, 0 to size ÷ slide − 1. */
  readonly phase: number;
}

/** The correlations of columns in a stream's last sixteen windows, of each size. */
export class DependenceHistory {
  readonly #windows = new Map<string, readonly DependenceCounts[]>();
  #baselineId = '';
  /** Windows that began earlier belong to an incident that is over, milliseconds since the epoch. */
  #countsFrom = -Infinity;

  /** @returns the last sixteen windows with the new one, oldest first, but for those of an incident that is over. */
  push({ horizon, phase }: Succession, baselineId: string, counts: DependenceCounts): readonly DependenceCounts[] {
    if (this.#baselineId !== baselineId) this.#forget(baselineId);
    const key = `${horizon}/${phase}`;
    const known = this.#windows.get(key) ?? [];
    // Which columns are watched may have changed with the monitor's file.
    const alike = known.filter(({ pairs }) => pairs.length === counts.pairs.length);
    const windows = [...alike, counts].slice(-LONGEST_SCAN);
    this.#windows.set(key, windows);
    return windows.filter(({ start }) => start >= this.#countsFrom);
  }

  /** An incident ended: what was before says nothing of what is now. */
  closeUpTo(time: number): void {
    this.#countsFrom = time;
  }

  snapshot(): DependenceHistorySnapshot {
    return {
      baselineId: this.#baselineId,
      countsFrom: this.#countsFrom,
      windows: [...this.#windows].map(([succession, windows]) => [
        succession,
        windows.map(({ start, events, pairs }) => ({ start, events, pairs: base64(pairs) })),
      ]),
    };
  }

  restore({ baselineId, countsFrom, windows }: DependenceHistorySnapshot): void {
    this.#forget(baselineId);
    this.#countsFrom = countsFrom;
    for (const [succession, each] of windows) {
      const restored = each.map(({ start, events, pairs }) => ({ start, events, pairs: fromBase64(pairs) }));
      this.#windows.set(succession, restored);
    }
  }

  #forget(baselineId: string): void {
    this.#baselineId = baselineId;
    this.#windows.clear();
    this.#countsFrom = -Infinity;
  }
}

export interface DependenceHistorySnapshot {
  readonly baselineId: string;
  readonly countsFrom: number;
  /** By horizon and phase, each pair a Float32, little-endian, in base64. */
  readonly windows: readonly (readonly [
    string,
    readonly { readonly start: number; readonly events: number; readonly pairs: string }[],
  ])[];
}

function base64(pairs: Float32Array): string {
  const bytes = Buffer.alloc(4 * pairs.length);
  pairs.forEach((pair, i) => bytes.writeFloatLE(pair, 4 * i));
  return bytes.toString('base64');
}

function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}
