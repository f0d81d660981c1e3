import { EarlyClosing, type EarlyClosingNews } from '../incidents/event-time-events.js';
import type { DriftEvent } from '../model/drift-event.js';
import type { Monitor } from '../model/monitor.js';
import type { Pane } from '../model/pane.js';
import type { Stream } from '../model/stream.js';
import type { SourceWatermark } from '../summaries/partial.js';
import type { ModelPanes } from '../windows/model-panes.js';
import type { ModelTime } from '../windows/model-time.js';

/**
 * The open panes of a model hold at most so many sketches, of some 4 KB each, beside those of the last minutes. Beyond that the oldest
 * are closed without the partitions of the event topic that lag behind the one furthest ahead by these minutes and the lateness.
 */
const MOST_OPEN_SKETCHES = 20_000;
const LEAST_LAG = 5 * 60_000;

/** The same of all models of one partition of the partials together: they come by themselves, and share the memory of one detector. */
const MOST_LAGGING_SKETCHES = 100_000;

/** What models may hold for partitions of the event topic that lag behind, where all of them hold too much. */
export interface LaggingRoom {
  /** Each may hold so many sketches: those that hold the most give way, down to one level, and whoever holds less keeps all. */
  readonly level: number;
  /** What all of them held, and may hold. */
  readonly held: number;
  readonly most: number;
}

/**
 * The level to which the models that hold the most must come down for all to hold no more than `most` together; the order of the models
 * does not matter.
 *
 * @param held by each model, sketches. @returns null where they hold no more.
 */
export function laggingRoom(held: readonly number[], most = MOST_LAGGING_SKETCHES): LaggingRoom | null {
  const all = held.reduce((sum, sketches) => sum + sketches, 0);
  if (all <= most) return null;
  const ascending = [...held].sort((a, b) => a - b);
  let left = most;
  for (const [index, sketches] of ascending.entries()) {
    const share = left / (ascending.length - index);
    if (sketches > share) return { level: Math.floor(share), held: all, most };
    left -= sketches;
  }
  return null;
}

/** Holds the open panes of one model to what they may be: beyond that its event time goes on without the partitions that lag furthest behind. */
export class OpenBound {
  readonly #early = new EarlyClosing();

  constructor(
    private readonly model: string,
    private readonly time: ModelTime,
    private readonly panes: ModelPanes,
    private readonly monitorOf: (stream: Stream) => Monitor,
  ) {}

  /** How many sketches wait for partitions of the event topic that lag behind the one furthest ahead, beside those of the last minutes. */
  lagging(sources: ReadonlyMap<number, SourceWatermark>): number {
    return this.panes.sketchesDue(this.#dueAt, this.time.current, this.time.furthestOf(sources) - LEAST_LAG);
  }

  /** @param room that all models have together; null: enough. @param events takes what is told. */
  hold(room: LaggingRoom | null, sources: ReadonlyMap<number, SourceWatermark>, events: DriftEvent[]): void {
    const { sketches } = this.panes;
    if (sketches > MOST_OPEN_SKETCHES) {
      const whose =
        `the open panes of ${this.model} hold ${sketches} sketches, and may hold ${MOST_OPEN_SKETCHES} while a partition of the event topic ` +
        `lags behind: the oldest`;
      this.#closeEarly(sketches - MOST_OPEN_SKETCHES, sources, { whose, sketches, most: MOST_OPEN_SKETCHES }, events);
    }
    if (room === null) return;
    const own = this.lagging(sources);
    if (own <= room.level) return;
    const whose =
      `the open panes of all models that one detector judges hold ${room.held} sketches, and may hold ${room.most} while a partition of the ` +
      `event topic lags behind: ${this.model} holds ${own} of them, and its oldest`;
    this.#closeEarly(own - room.level, sources, { whose, sketches: room.held, most: room.most }, events);
  }

  /** End of the last pane that was closed early, milliseconds since the epoch. */
  snapshot(): number {
    return this.#early.snapshot();
  }

  restore(last: number): void {
    this.#early.restore(last);
  }

  /** Lets the oldest panes close that wait, so many that at least so many sketches go with them, and tells of it once. */
  #closeEarly(
    sketches: number,
    sources: ReadonlyMap<number, SourceWatermark>,
    news: EarlyClosingNews,
    events: DriftEvent[],
  ): void {
    const latest = this.time.furthestOf(sources) - LEAST_LAG;
    const excess = this.panes.oldest(sketches, this.#dueAt, this.time.current, latest);
    if (excess === null) return;
    const [first] = excess.panes;
    const end = Math.max(...excess.panes.map(({ start, size }) => start + size));
    const event = this.#early.observe(first.stream, first.start, end, news, this.monitorOf(first.stream).decision);
    if (event !== null) events.push(event);
    this.time.advanceTo(excess.dueAt);
  }

  readonly #dueAt = ({ stream, start, size }: Pane): number => start + size + this.monitorOf(stream).allowedLateness;
}
