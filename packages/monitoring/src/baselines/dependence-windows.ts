import { CoMoments } from '@tidemark/sketches';
import { toForget } from '../windows/spread-windows.js';
import type { DependenceWindow, DependenceWindows } from '../model/baseline-windows.js';

/** So many sums are kept in all, of windows all over the stretch: each takes some four bytes in a record. */
const MOST_SUMS = 250_000;

/** The sum of windows of the same columns; it starts where the first starts. */
export function sumOfDependenceWindows(parts: readonly DependenceWindow[]): DependenceWindow {
  const moments = parts[0].moments.clone();
  for (const part of parts.slice(1)) moments.merge(part.moments);
  return { start: parts[0].start, events: moments.events, moments };
}

/** Gathers a baseline's windows as their moments come, in any order. */
export class DependenceWindowsBuilder {
  readonly #windows = new Map<number, CoMoments>();

  /** @param windowOf the start of the window that a time lies in. @param size of windows, milliseconds. */
  constructor(
    readonly columns: readonly string[],
    private readonly windowOf: (time: number) => number,
    private readonly size: number,
  ) {}

  /** Moments to which events of a time may be added. */
  at(time: number): CoMoments {
    const start = this.windowOf(time);
    let moments = this.#windows.get(start);
    if (moments === undefined) {
      this.#windows.set(start, (moments = CoMoments.empty(this.columns)));
      if (this.#windows.size > 2 * this.#most) this.#forget();
    }
    return moments;
  }

  build(): DependenceWindows {
    this.#forget();
    const windows = [...this.#windows]
      .sort(([a], [b]) => a - b)
      .map(([start, moments]) => ({ start, events: moments.events, moments }));
    return { columns: this.columns, windows };
  }

  get #most(): number {
    const sums = this.columns.length * (this.columns.length + 2);
    return Math.max(1, Math.min(512, Math.floor(MOST_SUMS / sums)));
  }

  #forget(): void {
    for (const start of toForget([...this.#windows.keys()], this.size, this.#most)) this.#windows.delete(start);
  }
}
