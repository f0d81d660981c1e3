import type { SourceWatermark } from '../summaries/partial.js';

/** Milliseconds by which the clocks of the others go on without a word of a partition until its reader is taken to have stopped. */
const STALLED_AFTER = 5 * 60_000;
/** A clock that is set anew runs on by no more than this between two words: readers speak every five seconds at least. */
const LONGEST_STEP = 60_000;

interface Reader {
  /** What its clock said last, milliseconds since the epoch. */
  readonly clock: number;
  /** How long the clocks of all have run until then, milliseconds since the first was heard. */
  readonly heardAt: number;
}

/**
 * Which partitions of the event topic are being read. Time is what the readers' clocks measure from word to word, so that it does not
 * matter whether they are set alike, and that the same records say the same again.
 */
export class SourceReaders {
  readonly #readers = new Map<number, Reader>();
  #elapsed = 0;

  observe({ sourcePartition, reader }: SourceWatermark): void {
    if (reader === undefined) {
      this.#readers.delete(sourcePartition);
      return;
    }
    const known = this.#readers.get(sourcePartition);
    const step = known === undefined ? 0 : Math.min(LONGEST_STEP, Math.max(0, reader.clock - known.clock));
    this.#elapsed = Math.max(this.#elapsed, (known?.heardAt ?? 0) + step);
    this.#readers.set(sourcePartition, { clock: reader.clock, heardAt: this.#elapsed });
  }

  /**
   * The partitions that are not being read, those that never were included, ascending.
   *
   * @param sources what has been heard: of those that an older sketcher reads nothing is known.
   */
  stalled(sources: ReadonlyMap<number, SourceWatermark>, partitions: number): number[] {
    if (this.#elapsed < STALLED_AFTER) return [];
    const stalled: number[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      const reader = this.#readers.get(partition);
      if (reader === undefined && sources.has(partition)) continue;
      if (this.#elapsed - (reader?.heardAt ?? 0) >= STALLED_AFTER) stalled.push(partition);
    }
    return stalled;
  }

  snapshot(): SourceReadersSnapshot {
    return { elapsed: this.#elapsed, readers: [...this.#readers] };
  }

  restore({ elapsed, readers }: SourceReadersSnapshot): void {
    this.#elapsed = elapsed;
    for (const [partition, reader] of readers) this.#readers.set(partition, reader);
  }
}

export interface SourceReadersSnapshot {
  readonly elapsed: number;
  /** By source partition. */
  readonly readers: readonly (readonly [number, Reader])[];
}
