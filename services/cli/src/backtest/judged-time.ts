import {
  FIRST_WINDOWS,
  LONGEST_WAIT,
  shortestWindow,
  streamId,
  type Baseline,
  type Monitor,
  type Stream,
  type WindowRow,
} from '@tidemark/monitoring';
import { formatDuration } from '@tidemark/contracts';
import type { KnownIncident } from './known-incidents.js';

interface JudgedStream {
  readonly stream: Stream;
  /** Start of the last window counted, milliseconds since the epoch. */
  last: number;
  /** Windows that had too few events each, and wait for the next. */
  waiting: readonly WindowRow[];
}

/**
 * How long a past was judged: its windows of the shortest size with a baseline to compare them with. Those that a learnt baseline was
 * made of are left out, as they cannot differ from it, and so are those that had too few events, also together with their neighbours.
 */
export class JudgedTime {
  /** Start of the first of them and end of the last, milliseconds since the epoch; Infinity and -Infinity where there are none. */
  from = Infinity;
  to = -Infinity;
  /** Over all streams; and how many there were at all, and with a baseline to compare them with. */
  windows = 0;
  closed = 0;
  compared = 0;
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

  /** Why no window was judged, and what to do; null where some were. */
  get whyNone(): string | null {
    if (this.windows > 0) return null;
    const { size } = shortestWindow(this.monitor);
    const windows = `of the ${this.closed} windows of ${formatDuration(size)}`;
    if (this.closed === 0) return `No window of ${formatDuration(size)} has events. Check the file's times.`;
    if (this.compared === 0) {
      return `Nothing was judged: none ${windows} has a baseline to be compared with. Give one with --baseline, or more windows to learn it from.`;
    }
    const least = this.monitor.decision.minimumEvents;
    return `Nothing was judged: none ${windows} has ${least} events, alone or joined with its neighbours. Choose longer windows, or a smaller decision.minimum_events.`;
  }

  get streams(): Stream[] {
    return [...this.#streams.values()].map(({ stream }) => stream);
  }

  /** @param baseline that the row's stream has. */
  take(row: WindowRow, baseline: Baseline | null): void {
    const { stream, segment, column, windowSize, windowStart, baselineId } = row;
    if (column !== '' || segment.dimension !== '') return;
    if (windowSize !== shortestWindow(this.monitor).size) return;
    this.closed++;
    if (baselineId === null) return;
    if (baseline?.source === FIRST_WINDOWS && windowStart < (baseline.periodEnd ?? -Infinity)) return;
    this.compared++;
    const key = streamId(stream);
    let judged = this.#streams.get(key);
    if (judged === undefined) this.#streams.set(key, (judged = { stream, last: -Infinity, waiting: [] }));
    // Two series of one size, with starts between each other's, are two looks at one time.
    if (windowStart <= judged.last) return;
    judged.last = windowStart;
    for (const each of this.#ripe(judged, row)) this.#count(each);
  }

  /** The windows that are judged now that one has closed: alone, or with those before it that were too small. */
  #ripe(judged: JudgedStream, row: WindowRow): readonly WindowRow[] {
    const { size, slide } = shortestWindow(this.monitor);
    const joined = [...judged.waiting, row];
    if (joined.reduce((sum, { events }) => sum + events, 0) >= this.monitor.decision.minimumEvents) {
      judged.waiting = [];
      return joined;
    }
    // Windows that slide share events, and are not joined.
    const longest = row.windowStart - LONGEST_WAIT * size;
    judged.waiting = slide === size && joined[0].windowStart > longest ? joined : [];
    return [];
  }

  #count({ windowStart, windowSize }: WindowRow): void {
    const end = windowStart + windowSize;
    this.from = Math.min(this.from, windowStart);
    this.to = Math.max(this.to, end);
    this.windows++;
    if (!this.#anywhere.some(({ from, to }) => windowStart < to && end > from)) this.quiet++;
  }
}
