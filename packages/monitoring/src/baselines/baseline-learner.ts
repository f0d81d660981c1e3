import { Aggregate, type Summary } from '../summaries/aggregate.js';
import { learnBaseline, shortestWindow, type BaselinePart } from './baseline-building.js';
import { FIRST_WINDOWS, type Baseline } from '../model/baseline.js';
import type { Monitor } from '../model/monitor.js';
import { lastWindowStart } from '../model/pane-time.js';
import { segmentId, type Stream } from '../model/stream.js';
import { PartsApart } from './parts-apart.js';
import type { PaneRow } from '../windows/rows.js';
import type { Pane } from '../model/pane.js';

/** How much of a stream becomes its baseline where the monitor expected a published one and there is none. */
const UNLESS_STATED = { windows: 12, events: 2000 };

/** How many of the shortest windows, and how many events in them, are learnt from. */
export function lengthToLearn({ baseline }: Monitor): { readonly windows: number; readonly events: number } {
  return baseline.from === 'first-windows' ? baseline : UNLESS_STATED;
}

/**
 * Gathers the beginning of a stream that has no baseline, until there is enough of it to be one. Of all events it keeps every
 * window apart, to know how windows vary; of segments, which may be many, their sums.
 */
export class BaselineLearner {
  readonly #gathered = new Aggregate();
  readonly #parts = new Map<string, BaselinePart>();
  readonly #apart = new PartsApart<Aggregate>();
  /** Of all that has come, over all segments. */
  #events = 0;
  #from: number | null = null;
  #end = -Infinity;

  constructor(
    private readonly stream: Stream,
    private readonly monitor: Monitor,
  ) {}

  /** The earliest time from which closed panes are needed to go on from here, milliseconds since the epoch; null: none yet. */
  get neededFrom(): number | null {
    return this.#from;
  }

  /**
   * Adds a part of a closed pane, unless what came before it is enough: then that is the baseline, and the pane the first after it.
   *
   * @param fresh false where it was added before a restart, too: then it was not enough, whatever order late parts have since.
   */
  gather(row: Pick<PaneRow, 'pane' | 'part'> & Summary, fresh: boolean): Baseline | null {
    const { segment, start, size } = row.pane;
    const all = segment.dimension === '';
    if (fresh && all && start >= this.#end && this.#from !== null && this.#enough(this.#from))
      return this.#learn(this.#from);
    this.#from = Math.min(this.#from ?? start, start);
    if (all) {
      this.#events += row.events;
      this.#end = Math.max(this.#end, start + size);
    }
    if (PartsApart.isMeant(row, this.monitor)) {
      this.#apart.add(row.pane, (sum) => {
        const aggregate = sum ?? new Aggregate();
        aggregate.merge(row);
        return aggregate;
      });
    } else this.#merge(row.pane, row);
    return null;
  }

  #merge({ segment, start }: Pane, summary: Summary): void {
    const all = segment.dimension === '';
    if (all) this.#gathered.merge(summary);
    const window = shortestWindow(this.monitor);
    const windowStart = all ? lastWindowStart(start, { ...window, slide: window.size }) : 0;
    const key = `${segmentId(segment)}\u0001${windowStart}`;
    let part = this.#parts.get(key);
    if (part === undefined) {
      part = { segment, start: all ? windowStart : start, aggregate: new Aggregate() };
      this.#parts.set(key, part);
    }
    part.aggregate.merge(summary);
  }

  #enough(from: number): boolean {
    const { windows, events } = lengthToLearn(this.monitor);
    return this.#end - from >= windows * shortestWindow(this.monitor).size && this.#events >= events;
  }

  #learn(from: number): Baseline {
    const { model, version } = this.stream;
    for (const { pane, sum } of this.#apart.inOrder) this.#merge(pane, sum);
    return learnBaseline(
      {
        ...{ model, version },
        createdAt: this.#end,
        source: FIRST_WINDOWS,
        periodStart: from,
        periodEnd: this.#end,
      },
      this.#gathered,
      this.monitor,
      [...this.#parts.values()],
    );
  }
}
