import type { Baseline } from '../model/baseline.js';
import type { Monitor } from '../model/monitor.js';

/**
 * The segment values that come first where there is no room for all: those that the monitor lists, and the categories of
 * the baseline's column of the dimension's name. A crossing is known when each of its values is, or when it is listed itself.
 */
export class KnownSegments {
  readonly #values = new Map<string, ReadonlySet<string>>();

  constructor(
    private readonly monitor: Monitor,
    private readonly baseline: () => Baseline | null,
  ) {}

  has(dimension: string, value: string): boolean {
    if (this.#of(dimension).has(value)) return true;
    const dimensions = dimension.split('|');
    const values = value.split('|');
    if (dimensions.length === 1 || dimensions.length !== values.length) return false;
    return dimensions.every((each, i) => this.#of(each).has(values[i]));
  }

  #of(dimension: string): ReadonlySet<string> {
    let values = this.#values.get(dimension);
    if (values === undefined) {
      const layout = this.baseline()?.columns.find((column) => column.name === dimension)?.layout;
      const categories = layout?.type === 'categorical' ? layout.categories : [];
      values = new Set([...(this.monitor.limits.keep[dimension] ?? []), ...categories]);
      this.#values.set(dimension, values);
    }
    return values;
  }
}
