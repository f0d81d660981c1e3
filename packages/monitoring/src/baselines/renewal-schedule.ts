import { FIRST_WINDOWS, ROLLING, type Baseline } from '../model/baseline.js';
import { shortestWindow } from './baseline-building.js';
import type { DriftEvent } from '../model/drift-event.js';
import type { Monitor, RollingSettings } from '../model/monitor.js';
import { streamId, type Stream } from '../model/stream.js';
import { lastWindowStart } from '../model/pane-time.js';
import { hashId } from '../model/hash-id.js';
import type { OpenIncident } from '../model/incident.js';

/** A stretch of event time, milliseconds since the epoch, inclusive and exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What a baseline is to be renewed from. */
export interface RenewalPlan extends Span {
  /** When it is due, milliseconds since the epoch. */
  readonly at: number;
  /** Incidents that are over: their windows are no part of it. */
  readonly leftOut: readonly Span[];
  /** Incidents are taken for how things are now: it has bins of its own. */
  readonly adopts: boolean;
  /** Whether it is as long as it is to be; a shorter one stands in only for one that is shorter still. */
  readonly whole: boolean;
}

/**
 * When the baseline of a stream is renewed, and from what. It stands still while an incident is open, so that what windows are compared
 * with does not move under it, and windows of incidents are left out for good. One that stays open for `adoptAfter` has become how things
 * are: the baseline is then made of what came since. One that gets worse begins anew.
 */
export class RenewalSchedule {
  /** Start of the first pane and end of the last, milliseconds since the epoch. */
  #since = Infinity;
  #until = -Infinity;
  #next: number | null = null;
  /** Before it all was otherwise, milliseconds since the epoch. */
  #notBefore = -Infinity;
  #leftOut: Span[] = [];
  /** When each incident opened or last got worse, by its id, milliseconds since the epoch. */
  readonly #worsened = new Map<string, number>();

  constructor(
    private readonly stream: Stream,
    private readonly monitor: Monitor,
    private readonly settings: RollingSettings,
  ) {}

  /** When the next one is, milliseconds since the epoch; null before the first pane. */
  get next(): number | null {
    return this.#next;
  }

  notePane(start: number, end: number): void {
    const { every, lag } = this.settings;
    this.#next ??= (Math.floor((start + lag - this.#phase) / every) + 1) * every + this.#phase;
    this.#since = Math.min(this.#since, start);
    this.#until = Math.max(this.#until, end);
  }

  /** Takes note of what becomes of incidents. */
  noteEvents(events: readonly DriftEvent[]): void {
    for (const { incidentId, status, since, windowStart, windowEnd } of events) {
      if (status === 'opened' || status === 'updated') this.#worsened.set(incidentId, windowStart);
      if (status !== 'resolved') continue;
      this.#worsened.delete(incidentId);
      this.#leftOut.push({ from: since, to: windowEnd });
    }
  }

  /** When a renewal is due by a time, milliseconds since the epoch; null where none is, or nothing has come since the last. */
  dueBy(time: number): number | null {
    const { every, lag } = this.settings;
    if (this.#next === null || this.#next > time) return null;
    if (this.#next - every - lag < this.#until) return this.#next;
    // The one before had everything: without anything new the stretch could only become shorter.
    this.#next += (Math.floor((time - this.#next) / every) + 1) * every;
    return null;
  }

  /** @param incidents those that are open. @returns null where the baseline stands still. */
  plan(at: number, incidents: readonly OpenIncident[], baseline: Baseline): RenewalPlan | null {
    const { length, lag, adoptAfter } = this.settings;
    const open = incidents.map(({ id, since }) => this.#worsened.get(id) ?? since);
    if (open.some((time) => adoptAfter === null || time > at - adoptAfter)) return null;
    const begins = Math.max(this.#since, this.#notBefore, ...open);
    const whole = begins <= at - lag - length;
    const made = baseline.source === FIRST_WINDOWS || baseline.source === ROLLING;
    // A published baseline is a person's choice: less than the whole length does not replace it.
    if (!whole && !made && open.length === 0) return null;
    const from = this.#windowOf(Math.max(begins, at - lag - length));
    const to = this.#windowOf(at - lag);
    if (to <= from) return null;
    this.#leftOut = this.#leftOut.filter((span) => span.to > from);
    return { at, from, to, whole, adopts: open.length > 0, leftOut: [...this.#leftOut] };
  }

  /** What was due is done, or could not be. */
  settle(at: number): void {
    this.#next = at + this.settings.every;
  }

  /** Incidents have been taken for how things are from a time on, milliseconds since the epoch. */
  adopt(from: number): void {
    this.#notBefore = from;
    this.#leftOut = this.#leftOut.filter(({ to }) => to > from);
    this.#worsened.clear();
  }

  snapshot(): RenewalSnapshot {
    return {
      since: this.#since,
      until: this.#until,
      next: this.#next,
      notBefore: this.#notBefore,
      leftOut: this.#leftOut,
      worsened: [...this.#worsened],
    };
  }

  restore({ since, until, next, notBefore, leftOut, worsened }: RenewalSnapshot): void {
    this.#since = since;
    this.#until = until;
    this.#next = next;
    this.#notBefore = notBefore;
    this.#leftOut = [...leftOut];
    for (const [id, time] of worsened) this.#worsened.set(id, time);
  }

  /** Streams take turns within `every`: else all would be renewed at midnight, one after the other. Milliseconds, a multiple of the shortest window. */
  get #phase(): number {
    const { size } = shortestWindow(this.monitor);
    const share = parseInt(hashId([streamId(this.stream)]).slice(0, 8), 16) / 2 ** 32;
    return Math.floor((share * this.settings.every) / size) * size;
  }

  #windowOf(time: number): number {
    const { size, origin } = shortestWindow(this.monitor);
    return lastWindowStart(time, { size, slide: size, origin });
  }
}

export interface RenewalSnapshot {
  readonly since: number;
  readonly until: number;
  readonly next: number | null;
  readonly notBefore: number;
  readonly leftOut: readonly Span[];
  readonly worsened: readonly (readonly [incidentId: string, time: number])[];
}
