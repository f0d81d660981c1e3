import type { ColumnSketch, QualitySketch, EmbeddingSketch } from '@tidemark/sketches';
import { mergeDependence, type Dependence } from './dependence.js';
import { rankOf } from './name-rank.js';
import { addExamples } from './overflow.js';
import { mergeEmbeddings } from './merge-embeddings.js';

/** Anything that counts events and sketches their columns: a partial, a closed pane, another aggregate. */
export interface Summary {
  readonly events: number;
  readonly minEventTime: number;
  readonly maxEventTime: number;
  readonly columns: Iterable<ColumnSketch>;
  readonly joint: Dependence | null;
  readonly quality: QualitySketch | null;
  readonly vectors: Iterable<EmbeddingSketch>;
}

/** Which columns an aggregate takes where there are more than it may have. */
export interface ColumnRoom {
  readonly most: number;
  /** Whether a column has a place whatever there is beside it. */
  readonly always: (column: string) => boolean;
}

/** For those that no monitor's limit holds for: what the decoder lets through of one batch. */
const WIDEST: ColumnRoom = { most: 2000, always: () => false };

/** A growing merge of summaries: what an open pane or window holds of one segment. */
export class Aggregate implements Summary {
  #events = 0;
  #minEventTime = Infinity;
  #maxEventTime = -Infinity;
  readonly #columns = new Map<string, ColumnSketch>();
  #joint: Dependence | null = null;
  #quality: QualitySketch | null = null;
  readonly #vectors = new Map<string, EmbeddingSketch>();
  #refusedCells = 0;
  /** Some of the columns that had no place. */
  readonly refusedNames: string[] = [];

  /** @param room 2000 columns unless stated. */
  constructor(private readonly room: ColumnRoom = WIDEST) {}

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

  /** How many sketches it holds. */
  get sketches(): number {
    return this.#columns.size + this.#vectors.size + (this.#joint === null ? 0 : 1) + (this.#quality === null ? 0 : 1);
  }

  get joint(): Dependence | null {
    return this.#joint;
  }

  /** Null while nothing of it has come. */
  get quality(): QualitySketch | null {
    return this.#quality;
  }

  get vectors(): Iterable<EmbeddingSketch> {
    return this.#vectors.values();
  }

  /** Cells of columns that had no place. */
  get refusedCells(): number {
    return this.#refusedCells;
  }

  column(name: string): ColumnSketch | undefined {
    return this.#columns.get(name);
  }

  /** Adds a summary; its sketches are copied where they are the first of their column, so both may go on changing. */
  merge(other: Summary): void {
    this.#events += other.events;
    this.#minEventTime = Math.min(this.#minEventTime, other.minEventTime);
    this.#maxEventTime = Math.max(this.#maxEventTime, other.maxEventTime);
    if (other.joint !== null) this.#joint = mergeDependence(this.#joint, other.joint);
    if (other.quality !== null) {
      if (this.#quality === null) this.#quality = other.quality.clone();
      else this.#quality.merge(other.quality);
    }
    mergeEmbeddings(this.#vectors, other.vectors);
    let asking: ColumnSketch[] | null = null;
    for (const sketch of other.columns) {
      const known = this.#columns.get(sketch.name);
      if (known === undefined) (asking ??= []).push(sketch);
      else known.merge(sketch);
    }
    if (asking === null) return;
    for (const sketch of this.#admitted(asking)) this.#columns.set(sketch.name, sketch.clone());
  }

  /** First come; of columns that come together those with the most cells, then those of the least hash. */
  #admitted(asking: readonly ColumnSketch[]): readonly ColumnSketch[] {
    if (this.#columns.size + asking.length <= this.room.most) return asking;
    const always = asking.filter(({ name }) => this.room.always(name));
    const others = asking
      .filter(({ name }) => !this.room.always(name))
      .map((sketch) => ({ sketch, cells: cellsOf(sketch), rank: rankOf(sketch.name, false) }))
      .sort((a, b) => b.cells - a.cells || a.rank - b.rank);
    const room = Math.max(0, this.room.most - this.#columns.size - always.length);
    for (const { sketch, cells } of others.splice(room)) {
      this.#refusedCells += cells;
      addExamples(this.refusedNames, [sketch.name]);
    }
    return [...always, ...others.map(({ sketch }) => sketch)];
  }
}

function cellsOf({ values, nulls, nan, positiveInfinity, negativeInfinity, typeErrors }: ColumnSketch): number {
  return values + nulls + nan + positiveInfinity + negativeInfinity + typeErrors;
}
