import type { ColumnSketch } from '@tidemark/sketches';

/** Anything that counts events and sketches their columns: a partial, a closed pane, another aggregate. */
export interface Summary {
  readonly events: number;
  readonly minEventTime: number;
  readonly maxEventTime: number;
  readonly columns: Iterable<ColumnSketch>;
}

/** A growing merge of summaries: what an open pane or window holds of one segment. */
export class Aggregate implements Summary {
  #events = 0;
  #minEventTime = Infinity;
  #maxEventTime = -Infinity;
  readonly #columns = new Map<string, ColumnSketch>();

  get events(): number {
    return this.#events;
  }

  /** Milliseconds since the epoch; Infinity while empty. */
  get minEventTime(): number {
    return this.#minEventTime;
  }

  /** Milliseconds since the epoch; -Infinity while empty. */
  get maxEventTime(): number {
    return this.#maxEventTime;
  }

  get columns(): Iterable<ColumnSketch> {
    return this.#columns.values();
  }

  column(name: string): ColumnSketch | undefined {
    return this.#columns.get(name);
  }

  /** Adds a summary; its sketches are copied where they are the first of their column, so both may go on changing. */
  merge(other: Summary): void {
    this.#events += other.events;
    this.#minEventTime = Math.min(this.#minEventTime, other.minEventTime);
    this.#maxEventTime = Math.max(this.#maxEventTime, other.maxEventTime);
    for (const sketch of other.columns) {
      const known = this.#columns.get(sketch.name);
      if (known === undefined) this.#columns.set(sketch.name, sketch.clone());
      else known.merge(sketch);
    }
  }
}
