import {
  IncidentTrack,
  type IncidentChange,
  type IncidentSnapshot,
  type OpenIncident,
  type Shown,
} from './incidents.js';
import type { DecisionSettings } from '../monitor.js';
import { ALL_EVENTS, segmentId, streamId, type Segment, type Stream } from '../stream.js';

interface Entry {
  readonly segment: Segment;
  readonly column: string;
  readonly track: IncidentTrack;
}

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

  constructor(
    private readonly stream: Stream,
    private readonly settings: DecisionSettings,
  ) {}

  isOpen(segment: Segment, column: string): boolean {
    const entry = this.#entries.get(keyOf(segment, column));
    return entry !== undefined && entry.track.open !== null;
  }

  get open(): BoardIncident[] {
    return [...this.#entries.values()].flatMap(({ segment, column, track }) =>
      track.open === null ? [] : [{ ...track.open, segment, column }],
    );
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
      entry = { segment, column, track: new IncidentTrack(this.#subject(segment, column), this.settings) };
      this.#entries.set(key, entry);
    }
    const mayOpen = segment.dimension === '' || !this.isOpen(ALL_EVENTS, column);
    const change = entry.track.observe(horizon, shown, mayOpen);
    if (entry.track.open === null) this.#entries.delete(key);
    return change;
  }

  snapshot(): IncidentBoardSnapshot {
    return [...this.#entries.values()].map(({ segment, column, track }) => ({
      segment,
      column,
      track: track.snapshot(),
    }));
  }

  restore(snapshot: IncidentBoardSnapshot): void {
    for (const { segment, column, track } of snapshot) {
      const restored = IncidentTrack.restore(this.#subject(segment, column), this.settings, track);
      this.#entries.set(keyOf(segment, column), { segment, column, track: restored });
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
}[];

function keyOf(segment: Segment, column: string): string {
  return `${segmentId(segment)}\u0001${column}`;
}
