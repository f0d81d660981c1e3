import { createHash } from 'node:crypto';
import type { Finding, IncidentStatus } from './drift-event.js';
import type { DecisionSettings, Severity } from './monitor.js';

const SEVERITIES: readonly Severity[] = ['minor', 'moderate', 'major'];

/** An incident that has opened and not yet resolved. */
export interface OpenIncident {
  readonly id: string;
  /** Start of the first window that showed it, milliseconds since the epoch. */
  readonly since: number;
  readonly severity: Severity;
}

/** What becomes of an incident in a window; null: nothing that anyone need hear of. */
export interface IncidentChange {
  readonly status: IncidentStatus;
  readonly incident: OpenIncident;
}

/** One horizon's memory: which of its last windows showed something, newest last, and how many quiet ones in a row since. */
interface Horizon {
  readonly shown: boolean[];
  readonly starts: number[];
  quiet: number;
}

/**
 * The life of incidents about one column of one segment: opens once `k` of the last `of` windows of a horizon show findings,
 * is updated when it gets worse, resolves once a horizon has been quiet for `resolveAfter` windows and no other's last
 * window showed anything. Horizons are the monitor's windows, by their index: whichever sees a drift first opens the one
 * incident, and a day's window need not be quiet for days where five minutes' windows are.
 */
export class IncidentTrack {
  #open: OpenIncident | null = null;
  readonly #horizons = new Map<number, Horizon>();

  constructor(
    /** Names the column and segment; incident ids are derived from it. */
    private readonly subject: string,
    private readonly settings: DecisionSettings,
  ) {}

  get open(): OpenIncident | null {
    return this.#open;
  }

  /** Whether forgetting the track would lose nothing. */
  get dormant(): boolean {
    return this.#open === null && [...this.#horizons.values()].every((horizon) => !horizon.shown.includes(true));
  }

  /**
   * @param horizon index of the monitor's window.
   * @param windowStart milliseconds since the epoch.
   * @param findings what the window shows; empty: nothing.
   * @param mayOpen false where another incident already speaks for this one.
   */
  observe(horizon: number, windowStart: number, findings: readonly Finding[], mayOpen: boolean): IncidentChange | null {
    const memory = this.#remember(horizon, windowStart, findings.length > 0);
    if (findings.length === 0) return this.#quieten(memory);
    const severity = worst(findings);
    if (this.#open === null) {
      const count = memory.shown.filter(Boolean).length;
      if (!mayOpen || count < this.settings.persistence.k) return null;
      const since = memory.starts[memory.shown.indexOf(true)];
      this.#open = { id: hashId([this.subject, since]), since, severity };
      return { status: 'opened', incident: this.#open };
    }
    if (SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(this.#open.severity)) return null;
    this.#open = { ...this.#open, severity };
    return { status: 'updated', incident: this.#open };
  }

  snapshot(): IncidentSnapshot {
    return {
      open: this.#open,
      horizons: [...this.#horizons].map(([index, { shown, starts, quiet }]) => ({ index, shown, starts, quiet })),
    };
  }

  static restore(subject: string, settings: DecisionSettings, snapshot: IncidentSnapshot): IncidentTrack {
    const track = new IncidentTrack(subject, settings);
    track.#open = snapshot.open;
    for (const { index, shown, starts, quiet } of snapshot.horizons) {
      track.#horizons.set(index, { shown: [...shown], starts: [...starts], quiet });
    }
    return track;
  }

  #remember(index: number, windowStart: number, shows: boolean): Horizon {
    let horizon = this.#horizons.get(index);
    if (horizon === undefined) {
      horizon = { shown: [], starts: [], quiet: 0 };
      this.#horizons.set(index, horizon);
    }
    horizon.shown.push(shows);
    horizon.starts.push(windowStart);
    if (horizon.shown.length > this.settings.persistence.of) {
      horizon.shown.shift();
      horizon.starts.shift();
    }
    horizon.quiet = shows ? 0 : horizon.quiet + 1;
    return horizon;
  }

  #quieten(current: Horizon): IncidentChange | null {
    if (this.#open === null || current.quiet < this.settings.resolveAfter) return null;
    for (const { shown, quiet } of this.#horizons.values()) if (quiet === 0 && shown.length > 0) return null;
    const incident = this.#open;
    this.#open = null;
    for (const horizon of this.#horizons.values()) horizon.shown.fill(false);
    return { status: 'resolved', incident };
  }
}

export interface IncidentSnapshot {
  readonly open: OpenIncident | null;
  readonly horizons: readonly {
    readonly index: number;
    readonly shown: readonly boolean[];
    readonly starts: readonly number[];
    readonly quiet: number;
  }[];
}

/** The most severe severity among findings; at least one must be given. */
export function worst(findings: readonly Finding[]): Severity {
  return findings.reduce<Severity>(
    (most, { severity }) => (SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(most) ? severity : most),
    'minor',
  );
}

/** Whether a severity reaches another. */
export function reaches(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}

/** 16 hexadecimal digits that are a function of the parts: equal parts, equal id. */
export function hashId(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
