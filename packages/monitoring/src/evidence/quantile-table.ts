import { studentTUpperQuantile } from '@tidemark/statistics';

/** Quantiles of Student's distribution, each computed once for about equal degrees of freedom. */
export class QuantileTable {
  readonly #known = new Map<string, number>();

  /** @param degrees of each stretch of a scan. @param tail the probability that one of them exceeds its own, on one side. */
  thresholds(tail: number, degrees: readonly number[]): number[] {
    return degrees.map((each) => this.#at(tail, each));
  }

  #at(tail: number, degrees: number): number {
    // Rounded down: the threshold is then no lower than it should be.
    const steps = 2 ** (Math.floor(8 * Math.log2(degrees)) / 8);
    const rounded = degrees > 1e5 ? Infinity : steps;
    const key = `${tail}/${rounded}`;
    let quantile = this.#known.get(key);
    if (quantile === undefined) this.#known.set(key, (quantile = studentTUpperQuantile(tail, rounded)));
    return quantile;
  }
}
