import type { DriftEvent } from '../model/drift-event.js';
import type { Mute } from '../model/monitor.js';
import { RECENT } from '../evidence/persistence.js';
import { hashId } from '../model/hash-id.js';
import { muteAt } from '../model/mute-period.js';

/** An incident that opened or grew worse within a mute, and would have been sent. */
interface Withheld {
  /** Its last event. */
  readonly event: DriftEvent;
  /** When the mute ends, milliseconds since the epoch. */
  readonly until: number;
}

/**
 * Keeps what a known, scheduled event brings about from being sent. Its incidents are kept and shown like all others; one that is
 * still open when it ought to have ended, so many quiet windows after the mute, is sent then.
 */
export class MuteBoard {
  readonly #withheld = new Map<string, Withheld>();

  /** @param resolveAfter quiet windows after which an incident ends by itself. @param others mutes in force beside those of the monitor. */
  constructor(
    private readonly mutes: readonly Mute[],
    private readonly resolveAfter: number,
    private readonly others: () => readonly Mute[] = () => [],
  ) {}

  /** @returns the events as they go out: those within a mute are not to be sent. */
  apply(events: readonly DriftEvent[]): DriftEvent[] {
    return events.map((event) => {
      const known = this.#withheld.get(event.incidentId);
      if (event.status === 'resolved') {
        this.#withheld.delete(event.incidentId);
        // Nobody has heard of it: nobody need hear that it is over.
        return known === undefined ? event : { ...event, notify: false, muted: known.event.muted };
      }
      const found =
        [...this.mutes, ...this.others()].map((mute) => endOf(mute, event)).find((each) => each !== null) ?? null;
      if (found === null || !event.notify) {
        if (event.notify) this.#withheld.delete(event.incidentId);
        return event;
      }
      const muted = { ...event, notify: false, muted: found.reason };
      if (event.status !== 'noted') this.#withheld.set(event.incidentId, { event: muted, until: found.until });
      return muted;
    });
  }

  /** The incidents that have outlasted their mute, as events to be sent. @param windowEnd of the window that has closed. */
  overdue(windowStart: number, windowEnd: number): DriftEvent[] {
    const size = windowEnd - windowStart;
    // An incident lingers while the last windows show it, and then ends after so many quiet ones.
    const patience = RECENT + this.resolveAfter + 1;
    return [...this.#withheld.values()].flatMap(({ event, until }) => {
      if (event.windowEnd - event.windowStart !== size || windowEnd < until + patience * size) return [];
      this.#withheld.delete(event.incidentId);
      return [
        {
          ...event,
          id: hashId([event.incidentId, 'outlasted', windowStart, size]),
          ...{ status: 'updated' as const, notify: true, muted: '', windowStart, windowEnd },
          summary: `still there after the mute (${event.muted}): ${event.summary}`,
        },
      ];
    });
  }

  snapshot(): MuteSnapshot {
    return [...this.#withheld.values()];
  }

  restore(snapshot: MuteSnapshot): void {
    for (const withheld of snapshot) this.#withheld.set(withheld.event.incidentId, withheld);
  }
}

export type MuteSnapshot = readonly Withheld[];

/** When the mute ends that an event's window touches; null where it touches none, or the mute is about other columns. */
function endOf(mute: Mute, event: DriftEvent): { reason: string; until: number } | null {
  if (mute.columns !== null && !mute.columns.includes(event.column)) return null;
  const until = muteAt(mute, event.windowStart, event.windowEnd);
  return until === null ? null : { reason: mute.reason, until };
}
