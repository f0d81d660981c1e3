import type { QualityExpectation } from './quality-expectation.js';
import { totalsOfStrata, truthOf, type Stratum } from './quality-strata.js';

/** A mean of a window's labelled events beside what was expected of their answers. */
export interface Excess {
  /** As found, and as expected of the same answers. */
  readonly realised: number;
  readonly expected: number;
  /** The first less the second. */
  readonly excess: number;
  /** The variance of the excess by the window's labels, and by those that the expectation rests on. */
  readonly sampling: number;
  readonly estimation: number;
}

/** What a window's labels say against what was expected. Everything is NaN, and variances 0, where it has no labels. */
export interface WindowExcess {
  readonly predictions: number;
  readonly labels: number;
  readonly effectiveLabels: number;
  readonly loss: Excess;
  /** For each class of the expectation, the share of the labels that have it. */
  readonly shares: readonly Excess[];
  /** The expected mean loss of all answers, labelled or not, and the variance of that expectation. */
  readonly expectedLoss: number;
  readonly expectedLossVariance: number;
}

/**
 * Compares the outcomes of a window with what the reference leads one to expect of its answers. Weighted by the labels' weights
 * (Hájek's ratio estimate), with the variance of so many equal labels as tell as much.
 */
export function excessOf(strata: readonly Stratum[], expectation: QualityExpectation): WindowExcess {
  const { predictions, labels, weight, effectiveLabels, loss } = totalsOfStrata(strata);
  const labelled = new GroupMix(strata, expectation, ({ weight: own }) => own);
  const all = new GroupMix(strata, expectation, (stratum) => stratum.predictions);
  const lossOf = (group: number) => expectation.lossOf(group);
  const shares = expectation.classes.map((name, k) => {
    const found = strata.reduce((sum, stratum) => sum + truthOf(stratum, name).weight, 0) / weight;
    const overall = expectation.shares[k];
    return labelled.excess(found, effectiveLabels, { mean: overall, variance: overall * (1 - overall) }, (group) => {
      const mean = expectation.classShare(group, k);
      return { mean, variance: mean * (1 - mean) };
    });
  });
  const overall = { mean: expectation.loss, variance: expectation.loss * (1 - Math.min(1, expectation.loss)) };
  const expectedOfAll = all.excess(NaN, 0, overall, lossOf);
  return {
    ...{ predictions, labels, effectiveLabels, shares },
    loss: labelled.excess(loss, effectiveLabels, overall, lossOf),
    expectedLoss: expectedOfAll.expected,
    expectedLossVariance: expectedOfAll.estimation,
  };
}

interface Moments {
  readonly mean: number;
  readonly variance: number;
}

/** How a window's events spread over the groups of the expectation. */
class GroupMix {
  /** The share of the events in each group, and of those in none. */
  readonly #shares: Float64Array;
  #unknown = 0;

  constructor(
    strata: readonly Stratum[],
    private readonly expectation: QualityExpectation,
    amountOf: (stratum: Stratum) => number,
  ) {
    this.#shares = new Float64Array(expectation.groups);
    let total = 0;
    for (const stratum of strata) {
      const amount = amountOf(stratum);
      if (amount <= 0) continue;
      total += amount;
      const shares = expectation.sharesOf(stratum);
      if (shares.length === 0) this.#unknown += amount;
      for (const { group, share } of shares) this.#shares[group] += amount * share;
    }
    this.#unknown /= total;
    for (let group = 0; group < this.#shares.length; group++) this.#shares[group] /= total;
  }

  excess(realised: number, labels: number, unknown: Moments, of: (group: number) => Moments): Excess {
    let expected = this.#unknown === 0 ? 0 : this.#unknown * unknown.mean;
    let variance = this.#unknown === 0 ? 0 : this.#unknown * unknown.variance;
    let estimation = 0;
    for (let group = 0; group < this.#shares.length; group++) {
      const share = this.#shares[group];
      if (share === 0) continue;
      const { mean, variance: each } = of(group);
      expected += share * mean;
      variance += share * each;
      estimation += (share * share * each) / this.expectation.labelsOf(group);
    }
    if (Number.isNaN(this.#unknown)) return { realised, expected: NaN, excess: NaN, sampling: 0, estimation: 0 };
    return {
      realised,
      expected,
      excess: realised - expected,
      sampling: labels > 0 ? variance / labels : 0,
      estimation,
    };
  }
}
