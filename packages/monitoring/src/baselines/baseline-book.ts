import type { ColumnSketch } from '@tidemark/sketches';
import { binsIdOf, type Baseline } from '../model/baseline.js';
import type { BaselineSettings } from '../model/monitor.js';
import type { Stream } from '../model/stream.js';

/** The baselines known so far: which is in force for a stream, and what a partial's bins mean. */
export class BaselineBook {
  /** By the baseline that bins are of: the columns of the last one that has them. */
  readonly #columns = new Map<string, readonly ColumnSketch[]>();
  readonly #inForce = new Map<string, Baseline>();

  /** Takes in a baseline; the newest of a model and version is in force, whatever order they come in. */
  add(baseline: Baseline): void {
    this.#columns.set(binsIdOf(baseline), baseline.columns);
    const key = keyOf(baseline.model, baseline.version);
    const known = this.#inForce.get(key);
    if (known === undefined || baseline.createdAt >= known.createdAt) this.#inForce.set(key, baseline);
  }

  /**
   * The baseline of the stream's own version, else, where the monitor says so, the newest of the model's other versions, else
   * the one for every version of the model, else null.
   */
  of({ model, version }: Stream, { from }: BaselineSettings): Baseline | null {
    const own = this.#inForce.get(keyOf(model, version));
    if (own !== undefined) return own;
    const previous = from === 'previous-version' ? this.#newestOf(model) : null;
    return previous ?? this.#inForce.get(keyOf(model, '*')) ?? null;
  }

  #newestOf(model: string): Baseline | null {
    let newest: Baseline | null = null;
    for (const baseline of this.#inForce.values()) {
      if (baseline.model !== model || baseline.version === '*') continue;
      if (newest === null || baseline.createdAt > newest.createdAt) newest = baseline;
    }
    return newest;
  }

  /** A column with the bins of a baseline that may have been replaced since; undefined where it was never heard of. */
  column(binsId: string, name: string): ColumnSketch | undefined {
    return this.#columns.get(binsId)?.find((column) => column.name === name);
  }
}

/** The key of a baseline in its compacted topic: a later one of the same model and version replaces it. */
export function baselineKey(baseline: Pick<Baseline, 'model' | 'version'>): string {
  return keyOf(baseline.model, baseline.version);
}

function keyOf(model: string, version: string): string {
  return JSON.stringify([model, version]);
}
