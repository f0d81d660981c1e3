import type { ColumnSketch } from '@tidemark/sketches';
import { binsIdOf, type Baseline } from '../model/baseline.js';
import type { BaselineSettings } from '../model/monitor.js';
import type { Stream } from '../model/stream.js';

const NONE: ReadonlyMap<string, string> = new Map();
/** So many of before the newest of a model and version are kept while the log has not come to it. */
const MOST_FORMER = 4;

/** The baselines known so far: which is in force for a stream, and what a partial's bins mean. */
export class BaselineBook {
  /** By the baseline that bins are of: the columns of the last one that has them. */
  readonly #columns = new Map<string, readonly ColumnSketch[]>();
  /** The newest of each model and version. */
  readonly #newest = new Map<string, Baseline>();
  /** Those before it, until the log has put it in force. */
  readonly #former = new Map<string, readonly Baseline[]>();

  /** @param keepsFormer whether `of` is told which baselines the log has put in force; those before the newest are kept for it. */
  constructor(private readonly keepsFormer = false) {}

  /** Takes in a baseline; the newest of a model and version is in force, whatever order they come in, where the log names none. */
  add(baseline: Baseline): void {
    this.#columns.set(binsIdOf(baseline), baseline.columns);
    const key = keyOf(baseline.model, baseline.version);
    const known = this.#newest.get(key);
    const isNewest = known === undefined || baseline.createdAt >= known.createdAt;
    if (isNewest) this.#newest.set(key, baseline);
    const former = isNewest ? known : baseline;
    if (!this.keepsFormer || former === undefined || former.id === this.#newest.get(key)?.id) return;
    const others = (this.#former.get(key) ?? []).filter(({ id }) => id !== former.id);
    this.#former.set(key, [...others, former].slice(-MOST_FORMER));
  }

  /**
   * The baseline of the stream's own version, else, where the monitor says so, the newest of the model's other versions, else
   * the one for every version of the model, else null.
   *
   * @param named ids of the baselines that the log has put in force, by `baselineKey`; of others, and where one is not known here, the
   * newest holds.
   */
  of(
    { model, version }: Stream,
    { from }: BaselineSettings,
    named: ReadonlyMap<string, string> = NONE,
  ): Baseline | null {
    const own = this.#at(keyOf(model, version), named);
    if (own !== null) return own;
    const previous = from === 'previous-version' ? this.#newestOf(model, named) : null;
    return previous ?? this.#at(keyOf(model, '*'), named);
  }

  #newestOf(model: string, named: ReadonlyMap<string, string>): Baseline | null {
    let newest: Baseline | null = null;
    for (const [key, { model: of, version }] of this.#newest) {
      if (of !== model || version === '*') continue;
      const baseline = this.#at(key, named);
      if (baseline !== null && (newest === null || baseline.createdAt > newest.createdAt)) newest = baseline;
    }
    return newest;
  }

  #at(key: string, named: ReadonlyMap<string, string>): Baseline | null {
    const newest = this.#newest.get(key) ?? null;
    const id = named.get(key) ?? newest?.id;
    if (newest !== null && newest.id !== id) return this.#former.get(key)?.find((each) => each.id === id) ?? newest;
    // What is in force will not be one of before again, unless it is published anew.
    this.#former.delete(key);
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
