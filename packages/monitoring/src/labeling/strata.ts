import type { Answer } from '@tidemark/sketches';
import type { Baseline } from '../model/baseline.js';
import { type EventBatch } from '../sketching/event-batch.js';
import { PREDICTION_COLUMNS } from '../model/prediction-columns.js';

/** However rare a stratum, its events are chosen at most so many times as often as any. */
const MOST_BOOST = 20;
/** More values of a dimension than this are not kept apart. */
const MOST_STRATA = 200;
const SCORE_STRATA = 5;

/** One way to divide events into strata that are to be labelled equally often: by a dimension, or by what was answered. */
interface Stratification {
  readonly name: string;
  /** The stratum of an event; undefined where it is in none. */
  readonly stratumOf: (batch: EventBatch, row: number, answer: Answer) => string | undefined;
  /** By stratum: one divided by the number of strata and by the stratum's share of the baseline, so that the baseline's mean is 1. */
  readonly factors: ReadonlyMap<string, number>;
}

/**
 * Strata of equal expected allocation: by each stated dimension, with the shares that its values have in the baseline, and by the answer
 * (fifths of a score between 0 and 1, else predicted classes). The allocation is divided evenly among these divisions and plain random
 * sampling; so no event's weight is beyond measure, whatever strata it is in.
 */
export class Strata {
  private constructor(private readonly stratifications: readonly Stratification[]) {}

  static of(baseline: Baseline | null, dimensions: readonly string[]): Strata {
    if (baseline === null) return new Strata([]);
    const all = [...dimensions.map((dimension) => ofDimension(baseline, dimension)), ofAnswers(baseline)];
    return new Strata(all.filter((each) => each !== null));
  }

  /**
   * How many times as often as any an event is chosen for the strata that it is in: at least one divided by one more than the number of
   * divisions; 1 in the mean over the baseline, or less.
   */
  factor(batch: EventBatch, row: number, answer: Answer): number {
    let sum = 1;
    for (const { stratumOf, factors } of this.stratifications) {
      const stratum = stratumOf(batch, row, answer);
      sum += (stratum === undefined ? undefined : factors.get(stratum)) ?? 1;
    }
    return sum / (1 + this.stratifications.length);
  }

  /** The strata of an event for people, such as `country=DE, score=[0.8, 1]`. */
  describe(batch: EventBatch, row: number, answer: Answer): string {
    const strata = this.stratifications.flatMap(({ name, stratumOf }) => {
      const stratum = stratumOf(batch, row, answer);
      return stratum === undefined ? [] : [`${name}=${stratum}`];
    });
    return strata.join(', ');
  }
}

function ofDimension(baseline: Baseline, dimension: string): Stratification | null {
  const factors = factorsOf(sharesOfSegments(baseline, dimension) ?? sharesOfCategories(baseline, dimension));
  const stratumOf: Stratification['stratumOf'] = (batch, row) => batch.segments.get(dimension)?.string(row);
  return factors === null ? null : { name: dimension, stratumOf, factors };
}

function ofAnswers(baseline: Baseline): Stratification | null {
  const scores = baseline.columns.find(({ name }) => name === PREDICTION_COLUMNS.score);
  const { digest } = scores ?? { digest: null };
  if (digest === null || digest.count === 0 || digest.min < 0 || digest.max > 1) {
    const factors = factorsOf(sharesOfCategories(baseline, PREDICTION_COLUMNS.class));
    const stratumOf: Stratification['stratumOf'] = (_batch, _row, answer) => answer.class ?? undefined;
    return factors === null ? null : { name: 'class', stratumOf, factors };
  }
  const names = Array.from({ length: SCORE_STRATA }, (_, i) => scoreStratum(i));
  const below = names.map((_, i) => digest.cdfBelow(i / SCORE_STRATA)).concat(1);
  const factors = factorsOf(new Map(names.map((name, i) => [name, below[i + 1] - below[i]])));
  const stratumOf: Stratification['stratumOf'] = (_batch, _row, { score }) =>
    score === null || !(score >= 0 && score <= 1)
      ? undefined
      : names[Math.min(SCORE_STRATA - 1, Math.floor(score * SCORE_STRATA))];
  return factors === null ? null : { name: 'score', stratumOf, factors };
}

function scoreStratum(i: number): string {
  const [from, to] = [i / SCORE_STRATA, (i + 1) / SCORE_STRATA];
  return i + 1 === SCORE_STRATA ? `[${from}, 1]` : `[${from}, ${to})`;
}

/** Null where there is nothing to divide. @param shares of the baseline's events; events in none of them count as 1 each. */
function factorsOf(shares: ReadonlyMap<string, number> | null): ReadonlyMap<string, number> | null {
  if (shares === null) return null;
  const there = [...shares].filter(([, share]) => share > 0);
  if (there.length < 2 || there.length > MOST_STRATA) return null;
  const covered = there.reduce((sum, [, share]) => sum + share, 0);
  return new Map(there.map(([value, share]) => [value, Math.min(MOST_BOOST, covered / (there.length * share))]));
}

function sharesOfSegments({ windows, rows }: Baseline, dimension: string): ReadonlyMap<string, number> | null {
  const own = windows?.segments.filter(({ segment }) => segment.dimension === dimension) ?? [];
  if (own.length === 0) return null;
  return new Map(
    own.map((each) => [each.segment.value, each.windows.reduce((sum, { events }) => sum + events, 0) / rows]),
  );
}

function sharesOfCategories({ columns, rows }: Baseline, name: string): ReadonlyMap<string, number> | null {
  const column = columns.find((each) => each.name === name);
  if (column?.layout?.type !== 'categorical' || column.bins === null) return null;
  const { bins } = column;
  return new Map(column.layout.categories.map((category, bin) => [category, bins[bin] / rows]));
}
