import {
  FIRST_WINDOWS,
  shortestWindow,
  streamId,
  type Baseline,
  type Monitor,
  type Stream,
  type WindowRow,
} from '@tidemark/monitoring';
import type { KnownIncident } from './known-incidents.js';

interface JudgedStream {
  readonly stream: Stream;
  /** Start of the last window counted, milliseconds since the epoch. */
  last: number;
}

/**
 * How long a past was judged: its windows of the shortest size with a baseline to compare them with. Those that a learnt baseline was
 * made of are left out, as they cannot differ from it.
 */
export class JudgedTime {
  /** Start of the first of them and end of the last, milliseconds since the epoch; Infinity and -Infinity where there are none. */
  from = Infinity;
  to = -Infinity;
  /** Over all streams. */
  windows = 0;
  /** Those of them in which nothing was known to be wrong in every column, so that an incident could have been a false alarm. */
  quiet = 0;
  readonly #streams = new Map<string, JudgedStream>();
  readonly #anywhere: readonly KnownIncident[];

  constructor(
    readonly monitor: Monitor,
    known: readonly KnownIncident[],
  ) {
    this.#anywhere = known.filter(({ column }) => column === null);
  }

  get streams(): Stream[] {
    return [...this.#streams.values()].map(({ stream }) => stream);
  }

  /** @param baseline that the row's stream has. */
  take({ stream, segment, column, windowSize, windowStart, baselineId }: WindowRow, baseline: Baseline | null): void {
    if (column !== '' || segment.dimension !== '' || baselineId === null) return;
    if (windowSize !== shortestWindow(this.monitor).size) return;
    if (baseline?.source === FIRST_WINDOWS && windowStart < (baseline.periodEnd ?? -Infinity)) return;
    const key = streamId(stream);
    let judged = this.#streams.get(key);
    if (judged === undefined) this.#streams.set(key, (judged = { stream, last: -Infinity }));
    // Two series of one size, with starts between each other's, are two looks at one time.
    if (windowStart <= judged.last) return;
    judged.last = windowStart;
    const end = windowStart + windowSize;
    this.from = Math.min(this.from, windowStart);
    this.to = Math.max(this.to, end);
    this.windows++;
    if (!this.#anywhere.some(({ from, to }) => windowStart < to && end > from)) this.quiet++;
  }
}
