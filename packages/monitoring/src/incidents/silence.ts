import type { DriftEvent, Finding } from './drift-event.js';
import { incidentQuery } from './explain.js';
import { hashId, IncidentTrack, reaches, type IncidentSnapshot } from './incidents.js';
import type { DecisionSettings } from '../monitor.js';
import { ALL_EVENTS, type Stream } from '../stream.js';
import type { Horizon } from '../decisions/window-judge.js';

/** How many of a horizon's last windows tell what is usual. */
const REMEMBERED_WINDOWS = 12;
/** A stream with fewer events a window than this is too thin for an empty window to mean anything: e^-30 is the odds of one by chance. */
const LEAST_USUAL_EVENTS = 30;

/** So many silent windows in a row are a silence: one may be a client's short stumble. */
const LEAST_SILENT_WINDOWS = 2;

interface SilentRun {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly windows: number;
}

/**
 * Notices that a stream which used to flow has stopped. A window is silent when it has no events though windows of its
 * horizon had at least thirty in the mean: under Poisson arrivals the odds of that are below 1e-13.
 */
export class SilenceWatch {
  readonly #usual = new Map<number, number[]>();
  /** For each horizon, its run of silent windows up to the last one. */
  readonly #silent = new Map<number, SilentRun>();
  #track: IncidentTrack;

  constructor(
    private readonly stream: Stream,
    private readonly settings: DecisionSettings,
  ) {
    this.#track = new IncidentTrack(subjectOf(stream), settings);
  }

  /**
   * @param superseded another version of the model is serving in the same role: then it is a retirement, not a silence.
   */
  observe(horizon: Horizon, windowStart: number, events: number, superseded: boolean): DriftEvent | null {
    const usual = this.#usual.get(horizon.index) ?? [];
    const mean = usual.reduce((sum, count) => sum + count, 0) / Math.max(1, usual.length);
    const silent = events === 0 && mean >= LEAST_USUAL_EVENTS && !superseded;
    if (events > 0) this.#usual.set(horizon.index, [...usual, events].slice(-REMEMBERED_WINDOWS));
    const seconds = horizon.size / 1000;
    const finding: Finding = {
      metric: 'events-per-second',
      severity: 'major',
      effect: mean / seconds,
      windowValue: events / seconds,
      baselineValue: mean / seconds,
      pValue: Math.exp(-mean),
    };
    const run = silent ? (this.#silent.get(horizon.index) ?? { since: windowStart, windows: 0 }) : null;
    if (run === null) this.#silent.delete(horizon.index);
    else this.#silent.set(horizon.index, { ...run, windows: run.windows + 1 });
    const findings = run !== null && run.windows + 1 >= LEAST_SILENT_WINDOWS ? [finding] : [];
    const shown = { findings, lingers: silent, since: run?.since ?? windowStart };
    const change = this.#track.observe(horizon.index, shown, true);
    if (change === null) return null;
    const { incident, status } = change;
    const rate = (mean / seconds).toPrecision(3);
    return {
      id: hashId([incident.id, status, incident.severity, windowStart, horizon.size]),
      incidentId: incident.id,
      status,
      signal: 'silence',
      severity: incident.severity,
      notify: reaches(incident.severity, this.settings.notifyFrom),
      stream: this.stream,
      segment: ALL_EVENTS,
      column: '',
      findings,
      baselineEvents: 0,
      windowEvents: events,
      windowStart,
      windowEnd: windowStart + horizon.size,
      since: incident.since,
      baselineId: null,
      ...{ aspects: [], contributions: [], segments: [], correlations: [], muted: '' },
      summary: status === 'resolved' ? 'events flow again' : `no events, where there were about ${rate} a second`,
      query: incidentQuery(this.stream, ALL_EVENTS, '', incident.since),
    };
  }

  snapshot(): SilenceSnapshot {
    return { usual: [...this.#usual], silent: [...this.#silent], track: this.#track.snapshot() };
  }

  restore(snapshot: SilenceSnapshot): void {
    for (const [index, counts] of snapshot.usual) this.#usual.set(index, [...counts]);
    for (const [index, run] of snapshot.silent) this.#silent.set(index, run);
    this.#track = IncidentTrack.restore(subjectOf(this.stream), this.settings, snapshot.track);
  }
}

export interface SilenceSnapshot {
  readonly usual: readonly (readonly [number, readonly number[]])[];
  readonly silent: readonly (readonly [number, SilentRun])[];
  readonly track: IncidentSnapshot;
}

function subjectOf(stream: Stream): string {
  return JSON.stringify(['silence', stream.model, stream.version, stream.role]);
}
