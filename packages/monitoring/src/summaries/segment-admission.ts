import type { KnownSegments } from './known-segments.js';
import { rankOf } from './name-rank.js';
import type { Segment } from '../model/stream.js';

/** The value under which a dimension's events are counted that have no segment of their own. */
export const OTHER = '(other)';

/** What came of values that asked for a segment of their own. */
export interface Admission {
  /** Those of them that have none. */
  readonly refused: readonly string[];
  /** Values admitted before that had to make room: what was counted of them belongs to `(other)`. */
  readonly evicted: readonly string[];
}

const ALL_ADMITTED: Admission = { refused: [], evicted: [] };

/**
 * Which values of each dimension have a segment of their own in one pane or window: the known ones first, then those of the
 * least hash, so many as are allowed (a bottom-k sample: Cohen & Kaplan, "Summarizing data using bottom-k sketches", 2007).
 *
 * Why by hash and not by arrival or frequency: a value among the k least of a whole is among the k least of each part that
 * it is in. So whatever way the events were split over partitions, commits and restarts, and in whatever order the parts
 * come together, the same values are kept, each of them whole; and one that was refused or evicted never comes back.
 */
export class SegmentAdmission {
  readonly #dimensions = new Map<string, DimensionAdmission>();

  /** @param most how many values of each dimension, at least 1. */
  constructor(
    private readonly most: number,
    private readonly known: KnownSegments,
  ) {}

  offer(dimension: string, values: readonly string[]): Admission {
    let admission = this.#dimensions.get(dimension);
    if (admission === undefined) {
      admission = new DimensionAdmission(this.most, (value) => this.known.has(dimension, value));
      this.#dimensions.set(dimension, admission);
    }
    return admission.offer(values);
  }

  /**
   * Finds where the events of a segment are to be counted.
   *
   * @param evict hears of a segment that must give up its place to this one.
   */
  place(segment: Segment, evict: (evicted: Segment) => void): Segment {
    const { dimension, value } = segment;
    if (dimension === '') return segment;
    const { refused, evicted } = this.offer(dimension, [value]);
    for (const gone of evicted) evict({ dimension, value: gone });
    return refused.length > 0 ? { dimension, value: OTHER } : segment;
  }
}

class DimensionAdmission {
  readonly #admitted = new Set<string>();
  /** The ranks of all admitted, once they matter. */
  #ranks: Map<string, number> | null = null;
  #last = '';

  constructor(
    private readonly most: number,
    private readonly known: (value: string) => boolean,
  ) {}

  offer(values: readonly string[]): Admission {
    let asked: string[] | null = null;
    let evicted: string[] | null = null;
    for (const value of values) {
      if (this.#admitted.has(value)) continue;
      if (value !== OTHER && this.#admitted.size < this.most) {
        this.#admitted.add(value);
        continue;
      }
      (asked ??= []).push(value);
    }
    if (asked === null) return ALL_ADMITTED;
    for (const value of asked) {
      const gone = value === OTHER ? null : this.#contest(value);
      if (gone !== null) (evicted ??= []).push(gone);
    }
    // Also those of these values that were admitted at first and then had to go.
    const refused = values.filter((value) => !this.#admitted.has(value));
    return { refused, evicted: evicted ?? [] };
  }

  /** Seats a value in the place of the last where it comes before it; gives the one that has to go. */
  #contest(value: string): string | null {
    const ranks = (this.#ranks ??= this.#rankAll());
    const rank = this.#rank(value);
    if (!before(value, rank, this.#last, ranks.get(this.#last)!)) return null;
    const gone = this.#last;
    this.#admitted.delete(gone);
    ranks.delete(gone);
    this.#admitted.add(value);
    ranks.set(value, rank);
    this.#findLast(ranks);
    return gone;
  }

  #rankAll(): Map<string, number> {
    const ranks = new Map<string, number>();
    for (const value of this.#admitted) ranks.set(value, this.#rank(value));
    this.#findLast(ranks);
    return ranks;
  }

  #findLast(ranks: ReadonlyMap<string, number>): void {
    let lastRank = -Infinity;
    for (const [value, rank] of ranks) {
      if (lastRank !== -Infinity && before(value, rank, this.#last, lastRank)) continue;
      this.#last = value;
      lastRank = rank;
    }
  }

  #rank(value: string): number {
    return rankOf(value, this.known(value));
  }
}

function before(a: string, rankA: number, b: string, rankB: number): boolean {
  return rankA < rankB || (rankA === rankB && a < b);
}
