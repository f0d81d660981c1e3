import type { EmbeddingSketch } from '@tidemark/sketches';
import { toForget } from '../windows/spread-windows.js';
import type { EmbeddingWindow, EmbeddingWindows } from '../model/baseline-windows.js';

/** So many windows are kept, all over the stretch, some 700 bytes each in a record. */
const MOST_WINDOWS = 256;

/** The sum of windows of the same column; it starts where the first starts. */
export function sumOfEmbeddingWindows(parts: readonly EmbeddingWindow[]): EmbeddingWindow {
  const sketch = parts[0].sketch.clone();
  for (const part of parts.slice(1)) sketch.merge(part.sketch);
  return { start: parts[0].start, events: sketch.count, sketch };
}

/** Gathers a baseline's windows as their vectors come, in any order. */
export class EmbeddingWindowsBuilder {
  readonly #windows = new Map<number, Map<string, EmbeddingSketch>>();

  /** @param size of windows, milliseconds. */
  constructor(private readonly size: number) {}

  /** The sketches of the window that starts at a time, by column, to which vectors may be added. */
  at(start: number): Map<string, EmbeddingSketch> {
    let window = this.#windows.get(start);
    if (window === undefined) {
      this.#windows.set(start, (window = new Map<string, EmbeddingSketch>()));
      if (this.#windows.size > 2 * MOST_WINDOWS) this.#forget();
    }
    return window;
  }

  build(): EmbeddingWindows[] {
    this.#forget();
    const byName = new Map<string, EmbeddingWindow[]>();
    for (const [start, sketches] of [...this.#windows].sort(([a], [b]) => a - b)) {
      for (const [name, sketch] of sketches) {
        const windows = byName.get(name) ?? [];
        // A column whose dimension changed begins anew with the one it has now.
        const alike = windows.filter((window) => window.sketch.dimension === sketch.dimension);
        byName.set(name, [...alike, { start, events: sketch.count, sketch }]);
      }
    }
    return [...byName]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, windows]) => ({ name, windows: windows.filter(({ events }) => events > 0) }));
  }

  #forget(): void {
    for (const start of toForget([...this.#windows.keys()], this.size, MOST_WINDOWS)) this.#windows.delete(start);
  }
}
