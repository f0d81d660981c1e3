import { IncidentTrack, type IncidentSnapshot } from './incidents.js';
import type { DecisionSettings } from '../model/monitor.js';
import { ALL_EVENTS, segmentId, streamId, type Segment, type Stream } from '../model/stream.js';
import type { IncidentChange, OpenIncident } from '../model/incident.js';
import type { Shown } from '../evidence/columns/verdict.js';

interface Entry {
  readonly segment: Segment;
  readonly column: string;
  readonly track: IncidentTrack;
  /** End of the last window in which it was judged, milliseconds since the epoch. */
  seen: number;
}

/** What is not judged for so many of the longest windows no longer comes: small windows wait for each other as long. */
const LONGEST_UNSEEN = 100;
/** But for no longer than this, or so many of them. */
const PATIENCE = 7 * 86_400_000;
const LEAST_UNSEEN = 16;

/** An open incident, and what it is about. */
export interface BoardIncident extends OpenIncident {
  readonly segment: Segment;
  readonly column: string;
}

/**
 * The incidents of one stream, one a column and segment. While a column's incident about all events is open, its segments
 * open none of their own: one cause, one alarm.
 */
export class IncidentBoard {
  readonly #entries = new Map<string, Entry>();
  /** End of the last window of any horizon, milliseconds since the epoch. */
  #time = -Infinity;

  /** @param longest of the monitor's windows, milliseconds. */
  constructor(
    private readonly stream: Stream,
    private readonly settings: DecisionSettings,
    private readonly longest: number,
  ) {}

  /** Says how far windows have come. */
  turn(time: number): void {
    this.#time = Math.max(this.#time, time);
    for (const entry of this.#entries.values()) if (entry.seen === Infinity) entry.seen = this.#time;
  }

  /**
   * Ends what has not been judged for long: a segment that no longer comes, a column that a newer baseline does not have. Nothing would ever end
   * it, and a rolling baseline would stand still for it.
   *
   * @returns the incidents that are over.
   */
  forgetUnseen(): BoardIncident[] {
    const patience = Math.min(LONGEST_UNSEEN * this.longest, Math.max(PATIENCE, LEAST_UNSEEN * this.longest));
    const unseen = [...this.#entries].filter(([, { seen }]) => this.#time - seen > patience);
    for (const [key] of unseen) this.#entries.delete(key);
    return unseen.flatMap(([, entry]) => incidentOf(entry));
  }

  isOpen(segment: Segment, column: string): boolean {
    const entry = this.#entries.get(keyOf(segment, column));
    return entry !== undefined && entry.track.open !== null;
  }

  get open(): BoardIncident[] {
    return [...this.#entries.values()].flatMap(incidentOf);
  }

  /** Forgets all incidents, as what they are held against has changed. @returns those that were open. */
  clear(): BoardIncident[] {
    const open = this.open;
    this.#entries.clear();
    return open;
  }

  /** Tells the board what a window showed; see IncidentTrack. The segment of all events comes first among those of a window. */
  observe(segment: Segment, column: string, horizon: number, shown: Shown): IncidentChange | null {
    const key = keyOf(segment, column);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      if (shown.findings.length === 0) return null;
      const track = new IncidentTrack(this.#subject(segment, column), this.settings);
      this.#entries.set(key, (entry = { segment, column, track, seen: this.#time }));
    }
    entry.seen = this.#time;
    const mayOpen = segment.dimension === '' || !this.isOpen(ALL_EVENTS, column);
    const change = entry.track.observe(horizon, shown, mayOpen);
    if (entry.track.open === null) this.#entries.delete(key);
    return change;
  }

  snapshot(): IncidentBoardSnapshot {
    return [...this.#entries.values()].map(({ segment, column, track, seen }) => ({
      ...{ segment, column, seen },
      track: track.snapshot(),
    }));
  }

  restore(snapshot: IncidentBoardSnapshot): void {
    for (const { segment, column, track, seen } of snapshot) {
      const restored = IncidentTrack.restore(this.#subject(segment, column), this.settings, track);
      // A state of before this was noted does not say when: its time begins with the next window.
      this.#entries.set(keyOf(segment, column), { segment, column, track: restored, seen: seen ?? Infinity });
    }
  }

  #subject(segment: Segment, column: string): string {
    return `${streamId(this.stream)}\u0001${keyOf(segment, column)}`;
  }
}

export type IncidentBoardSnapshot = readonly {
  readonly segment: Segment;
  readonly column: string;
  readonly track: IncidentSnapshot;
  readonly seen?: number;
}[];

function incidentOf({ segment, column, track }: Entry): BoardIncident[] {
  return track.open === null ? [] : [{ ...track.open, segment, column }];
}

function keyOf(segment: Segment, column: string): string {
  return `${segmentId(segment)}\u0001${column}`;
}
