import type { DecisionSettings } from '../model/monitor.js';
import type { OpenIncident, IncidentChange } from '../model/incident.js';
import type { Shown } from '../evidence/columns/verdict.js';
import { hashId } from '../model/hash-id.js';
import { worst, exceeds } from '../model/severity.js';

/**
 * The life of incidents about one column of one segment: opens with the first findings, is updated when it gets worse,
 * resolves once a horizon has been quiet for `resolveAfter` windows and no other's last window showed anything. Horizons are the
 * monitor's windows, by their index: whichever sees a drift first opens the one incident, and a day's window need not be quiet
 * for days where five minutes' windows are.
 */
export class IncidentTrack {
  #open: OpenIncident | null = null;
  /** For each horizon that has had a window since it opened, how many quiet ones in a row. */
  readonly #quiet = new Map<number, number>();

  constructor(
    /** Names the column and segment; incident ids are derived from it. */
    private readonly subject: string,
    private readonly settings: DecisionSettings,
  ) {}

  get open(): OpenIncident | null {
    return this.#open;
  }

  /**
   * @param horizon index of the monitor's window.
   * @param mayOpen false where another incident already speaks for this one.
   */
  observe(horizon: number, { findings, lingers, since }: Shown, mayOpen: boolean): IncidentChange | null {
    if (this.#open === null) {
      if (findings.length === 0 || !mayOpen) return null;
      this.#quiet.set(horizon, 0);
      this.#open = { id: hashId([this.subject, since]), since, severity: worst(findings) };
      return { status: 'opened', incident: this.#open };
    }
    const shows = findings.length > 0 || lingers;
    this.#quiet.set(horizon, shows ? 0 : (this.#quiet.get(horizon) ?? 0) + 1);
    if (!shows) return this.#resolve(horizon);
    if (findings.length === 0 || !exceeds(worst(findings), this.#open.severity)) return null;
    this.#open = { ...this.#open, severity: worst(findings) };
    return { status: 'updated', incident: this.#open };
  }

  snapshot(): IncidentSnapshot {
    return { open: this.#open, quiet: [...this.#quiet] };
  }

  static restore(subject: string, settings: DecisionSettings, snapshot: IncidentSnapshot): IncidentTrack {
    const track = new IncidentTrack(subject, settings);
    track.#open = snapshot.open;
    for (const [horizon, windows] of snapshot.quiet) track.#quiet.set(horizon, windows);
    return track;
  }

  #resolve(horizon: number): IncidentChange | null {
    if (this.#open === null || (this.#quiet.get(horizon) ?? 0) < this.settings.resolveAfter) return null;
    if ([...this.#quiet.values()].includes(0)) return null;
    const incident = this.#open;
    this.#open = null;
    this.#quiet.clear();
    return { status: 'resolved', incident };
  }
}

export interface IncidentSnapshot {
  readonly open: OpenIncident | null;
  readonly quiet: readonly (readonly [horizon: number, windows: number])[];
}
