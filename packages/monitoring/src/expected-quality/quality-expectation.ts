import type { ResidualMoments } from '@tidemark/statistics';
import { totalsOfStrata, truthOf, type Stratum } from './quality-strata.js';

/** Neighbouring strata of the reference, with labels enough to say what is to be expected of their answers. */
interface Group {
  readonly predicted: string;
  /** The labels' mean bin. */
  centre: number;
  readonly lastBin: number;
  predictions: number;
  labels: number;
  weight: number;
  loss: number;
  lossSquares: number;
  residual: number;
  readonly truths: Float64Array;
}

/** How much of a stratum's expectation comes from a group. */
interface Share {
  readonly group: number;
  readonly share: number;
}

/** So many groups, where labels are plenty; each has at least so many labels. */
const MOST_GROUPS = 50;
const LEAST_LABELS = 25;

/**
 * What the reference's labels lead one to expect of an answer: its mean loss and the probability of each class. Labels are
 * pooled over neighbouring bins of the score, and expectations drawn as a line between the pools' centres, so that a score
 * need not be a probability. The inputs of a window may move between scores; an answer of a given score is expected to be as often right.
 */
export class QualityExpectation {
  /** The classes that the reference's labels have, sorted; none for values. */
  readonly classes: readonly string[];
  /** Mean loss of the reference's labelled events. */
  readonly loss: number;
  /** The share of each class among them. */
  readonly shares: Float64Array;
  readonly labels: number;
  /** Whether losses are those of classes: 0 or 1. */
  readonly classification: boolean;
  readonly #square: number;
  readonly #groups: readonly Group[];
  readonly #byClass = new Map<string, number[]>();

  constructor(strata: readonly Stratum[]) {
    const totals = totalsOfStrata(strata);
    this.labels = totals.effectiveLabels;
    this.loss = totals.loss;
    this.#square = strata.reduce((sum, { lossSquares }) => sum + lossSquares, 0) / totals.weight;
    const classes = new Set(
      strata.flatMap(({ truths }) => [...truths].filter(([, { weight }]) => weight > 0).map(([name]) => name)),
    );
    this.classes = [...classes].sort();
    this.classification = this.classes.length > 0;
    this.shares = new Float64Array(this.classes.length);
    this.classes.forEach((name, k) => {
      this.shares[k] = strata.reduce((sum, stratum) => sum + truthOf(stratum, name).weight, 0) / totals.weight;
    });
    this.#groups = this.#pool(strata, Math.max(LEAST_LABELS, totals.labels / MOST_GROUPS));
    this.#groups.forEach(({ predicted }, group) => {
      const known = this.#byClass.get(predicted);
      if (known === undefined) this.#byClass.set(predicted, [group]);
      else known.push(group);
    });
  }

  get groups(): number {
    return this.#groups.length;
  }

  /** The expected mean loss in a group, and what one loss in it varies by. */
  lossOf(group: number): { readonly mean: number; readonly variance: number } {
    const { weight, loss, lossSquares, labels } = this.#groups[group];
    const raw = loss / weight;
    if (!this.classification) return { mean: raw, variance: Math.max(0, lossSquares / weight - raw * raw) };
    // Drawn towards the mean of all by one label, so that no answer is expected to be right for certain.
    const mean = (raw * labels + this.loss) / (labels + 1);
    return { mean, variance: mean * (1 - mean) };
  }

  /** The expected mean loss of a stratum's answers; that of all where nothing is known of its class. */
  expectedLossOf(stratum: Pick<Stratum, 'predicted' | 'bin'>): number {
    const shares = this.sharesOf(stratum);
    if (shares.length === 0) return this.loss;
    return shares.reduce((sum, { group, share }) => sum + share * this.lossOf(group).mean, 0);
  }

  /** The expected mean square of the loss of a stratum's answers; that of all where nothing is known of its class. */
  expectedSquareOf(stratum: Pick<Stratum, 'predicted' | 'bin'>): number {
    const shares = this.sharesOf(stratum);
    if (shares.length === 0) return this.#square;
    const squareOf = (group: number) => this.#groups[group].lossSquares / this.#groups[group].weight;
    return shares.reduce((sum, { group, share }) => sum + share * squareOf(group), 0);
  }

  /** The residuals of a group of values. */
  residualsOf(group: number): ResidualMoments {
    const { labels, weight, residual, lossSquares } = this.#groups[group];
    const mean = residual / weight;
    return { labels, mean, variance: Math.max(0, lossSquares / weight - mean * mean) };
  }

  /** The expected probability of a class, by its place in `classes`, in a group. */
  classShare(group: number, k: number): number {
    const { weight, truths, labels } = this.#groups[group];
    return ((truths[k] / weight) * labels + this.shares[k]) / (labels + 1);
  }

  labelsOf(group: number): number {
    return this.#groups[group].labels;
  }

  predictionsOf(group: number): number {
    return this.#groups[group].predictions;
  }

  /** Weights of the reference's labels of a class in a group. */
  weightOf(group: number, k: number): number {
    return this.#groups[group].truths[k];
  }

  /** The group that a stratum lies in; -1 where the reference has nothing of its predicted class. */
  groupOf({ predicted, bin }: Pick<Stratum, 'predicted' | 'bin'>): number {
    const groups = this.#byClass.get(predicted);
    if (groups === undefined) return -1;
    return groups.find((group) => bin <= this.#groups[group].lastBin) ?? groups[groups.length - 1];
  }

  /** The groups between whose centres a stratum lies, by their shares in its expectation; none where its class is unknown. */
  sharesOf({ predicted, bin }: Pick<Stratum, 'predicted' | 'bin'>): readonly Share[] {
    const groups = this.#byClass.get(predicted) ?? [];
    const above = groups.findIndex((group) => this.#groups[group].centre >= bin);
    if (above < 0) return groups.slice(-1).map((group) => ({ group, share: 1 }));
    if (above === 0) return [{ group: groups[0], share: 1 }];
    const [low, high] = [groups[above - 1], groups[above]];
    const [from, to] = [this.#groups[low].centre, this.#groups[high].centre];
    const share = to > from ? (bin - from) / (to - from) : 1;
    return [
      { group: low, share: 1 - share },
      { group: high, share },
    ];
  }

  #pool(strata: readonly Stratum[], least: number): Group[] {
    const sorted = strata
      .filter(({ weight, predictions }) => weight > 0 || predictions > 0)
      .sort((a, b) => (a.predicted === b.predicted ? a.bin - b.bin : a.predicted < b.predicted ? -1 : 1));
    const pooled: Group[] = [];
    for (let at = 0; at < sorted.length;) {
      const { predicted } = sorted[at];
      const first = pooled.length;
      while (at < sorted.length && sorted[at].predicted === predicted) {
        let to = at;
        let labels = 0;
        for (; to < sorted.length && sorted[to].predicted === predicted && labels < least; to++)
          labels += sorted[to].labels;
        const rest = sorted.slice(to).filter((stratum) => stratum.predicted === predicted);
        const left = rest.reduce((sum, stratum) => sum + stratum.labels, 0);
        if (left < least) to += rest.length;
        const group = this.#groupOf(sorted.slice(at, to));
        if (group.labels > 0) pooled.push(group);
        at = to;
      }
      // A class that was predicted, but never labelled, is expected to be as all others.
      if (pooled.length === first) continue;
    }
    return pooled;
  }

  #groupOf(strata: readonly Stratum[]): Group {
    const truths = new Float64Array(this.classes.length);
    const group: Group = {
      predicted: strata[0].predicted,
      lastBin: strata[strata.length - 1].bin,
      ...{ centre: 0, predictions: 0, labels: 0, weight: 0, loss: 0, lossSquares: 0, residual: 0, truths },
    };
    for (const stratum of strata) {
      const { weight } = stratum;
      group.centre += stratum.bin * weight;
      group.predictions += stratum.predictions;
      group.labels += stratum.labels;
      group.weight += weight;
      group.loss += stratum.loss;
      group.lossSquares += stratum.lossSquares;
      group.residual += stratum.residual;
      this.classes.forEach((name, k) => (truths[k] += truthOf(stratum, name).weight));
    }
    group.centre /= group.weight;
    return group;
  }
}
