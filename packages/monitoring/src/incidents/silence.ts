import type { Baseline } from '../model/baseline.js';
import type { DriftEvent, Finding } from '../model/drift-event.js';
import { incidentQuery } from './explain.js';
import { IncidentTrack, type IncidentSnapshot } from './incidents.js';
import { ModelSilence, type SilenceReport } from './model-silence.js';
import {
  BaselineRhythm,
  DAY,
  isOften,
  LEAST_USUAL_EVENTS,
  wasSilentBefore,
  type SilentStretch,
} from './silence-rhythm.js';
import type { DecisionSettings } from '../model/monitor.js';
import { ALL_EVENTS, type Stream } from '../model/stream.js';
import type { Horizon } from '../windows/horizon.js';
import { hashId } from '../model/hash-id.js';
import { reaches } from '../model/severity.js';
import type { IncidentChange } from '../model/incident.js';

/** How many of a horizon's last windows tell what is usual. */
const REMEMBERED_WINDOWS = 12;
/** Silent stretches are remembered for so long: a week, and a day for the rhythm to be compared with. */
const REMEMBERED_FOR = 8 * DAY;
/** And so many of a horizon at most. */
const MOST_STRETCHES = 512;
/** So many silent windows in a row are a silence: one may be a client's short stumble. */
const LEAST_SILENT_WINDOWS = 2;

interface SilentRun {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly windows: number;
}

/**
 * Notices that a stream which used to flow has stopped. A window is silent when it has no events though windows of its
 * horizon had at least thirty in the mean: under Poisson arrivals the odds of that are below 1e-13. Silence that has a rhythm (nights, weekends, a
 * batch every hour) is as usual where the baseline has it, or the stream itself had it at the same time before. A horizon that is as
 * long as the rhythm, as a day for a nightly batch, still sees it fail.
 */
export class SilenceWatch {
  readonly #usual = new Map<number, number[]>();
  /** For each horizon, its run of silent windows up to the last one. */
  readonly #silent = new Map<number, SilentRun>();
  /** For each horizon, the runs of the last days that have ended, oldest first. */
  readonly #past = new Map<number, readonly SilentStretch[]>();
  #rhythm: { readonly baselineId: string; readonly rhythm: BaselineRhythm } | null = null;
  #track: IncidentTrack;
  /** Whether the silence that is open has been told: another of the model's may speak for it. */
  #isTold = false;

  /** @param model the silences of its model; unless stated it has no other streams. */
  constructor(
    private readonly stream: Stream,
    private readonly settings: DecisionSettings,
    private readonly model = new ModelSilence(() => []),
  ) {
    this.#track = new IncidentTrack(subjectOf(stream), settings);
  }

  /**
   * @param successor the version of the model that serves in its place: then it is a retirement, not a silence; null: there is none.
   */
  observe(
    horizon: Horizon,
    windowStart: number,
    events: number,
    successor: string | null,
    baseline: Baseline | null,
  ): DriftEvent | null {
    const usual = this.#usual.get(horizon.index) ?? [];
    const mean = usual.reduce((sum, count) => sum + count, 0) / Math.max(1, usual.length);
    const silent = events === 0 && mean >= LEAST_USUAL_EVENTS && successor === null;
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
    const before = this.#silent.get(horizon.index);
    const run = silent ? (before ?? { since: windowStart, windows: 0 }) : null;
    if (run !== null) this.#silent.set(horizon.index, { ...run, windows: run.windows + 1 });
    else if (before !== undefined) this.#end(horizon.index, before.since, windowStart);
    const unusual = run !== null && !this.#isUsual(horizon, run.since, windowStart, baseline);
    const findings = unusual && run.windows + 1 >= LEAST_SILENT_WINDOWS ? [finding] : [];
    // What has been told goes on until events come, be it into the night.
    const lingers = unusual || (run !== null && run.since === this.#track.open?.since);
    const shown = { findings, lingers, since: run?.since ?? windowStart };
    const change = this.#track.observe(horizon.index, shown, true);
    const windowEnd = windowStart + horizon.size;
    const told = this.#told(change, run, horizon.size, windowEnd);
    if (told === null) return null;
    const { incident, status, stream, report } = told;
    const rate = (mean / seconds).toPrecision(3);
    return {
      id: hashId([incident.id, status, incident.severity, windowStart, horizon.size]),
      incidentId: incident.id,
      status,
      signal: 'silence',
      severity: incident.severity,
      notify: reaches(incident.severity, this.settings.notifyFrom),
      stream,
      segment: ALL_EVENTS,
      column: '',
      findings,
      baselineEvents: 0,
      windowEvents: events,
      windowStart,
      windowEnd,
      since: incident.since,
      baselineId: null,
      ...{ aspects: [], contributions: [], segments: [], correlations: [], muted: '' },
      summary: report === null ? describeEnd(events, this.stream, successor) : describeStop(rate, this.stream, report),
      query: incidentQuery(stream, ALL_EVENTS, '', incident.since),
    };
  }

  snapshot(): SilenceSnapshot {
    return {
      usual: [...this.#usual],
      silent: [...this.#silent],
      past: [...this.#past],
      track: this.#track.snapshot(),
      told: this.#isTold,
    };
  }

  restore(snapshot: SilenceSnapshot): void {
    for (const [index, counts] of snapshot.usual) this.#usual.set(index, [...counts]);
    for (const [index, run] of snapshot.silent) this.#silent.set(index, run);
    // A state of before silences had a rhythm has none.
    for (const [index, stretches] of snapshot.past ?? []) this.#past.set(index, stretches);
    this.#track = IncidentTrack.restore(subjectOf(this.stream), this.settings, snapshot.track);
    // A state of before models were told of as a whole: whatever was open had been told.
    this.#isTold = snapshot.told ?? snapshot.track.open !== null;
  }

  /** What people are to hear: a silence once, for all streams that stopped together. */
  #told(change: IncidentChange | null, run: SilentRun | null, size: number, end: number): Told | null {
    if (change?.status === 'resolved') {
      const { incident } = change;
      const toldOf = this.model.end(incident.id, end);
      const heard = this.#isTold;
      this.#isTold = false;
      return heard ? { incident, status: 'resolved', stream: toldOf ?? this.stream, report: null } : null;
    }
    const { open } = this.#track;
    if (open === null || this.#isTold || run === null) return null;
    const windows = { since: open.since, size };
    if (this.model.speaksFor(windows, end)) return null;
    this.#isTold = true;
    const report = this.model.tell(open.id, this.stream, windows);
    return { incident: open, status: 'opened', stream: report.toldOf, report };
  }

  #isUsual({ index, size }: Horizon, since: number, windowStart: number, baseline: Baseline | null): boolean {
    const past = this.#past.get(index) ?? [];
    if (isOften({ from: since, to: windowStart + size }, past) || wasSilentBefore(windowStart, size, past)) return true;
    if (baseline === null) return false;
    if (this.#rhythm?.baselineId !== baseline.id) {
      this.#rhythm = { baselineId: baseline.id, rhythm: new BaselineRhythm(baseline) };
    }
    return this.#rhythm.rhythm.isSilentAt(windowStart, size);
  }

  #end(horizon: number, from: number, to: number): void {
    this.#silent.delete(horizon);
    const known = (this.#past.get(horizon) ?? []).filter((stretch) => stretch.to > to - REMEMBERED_FOR);
    this.#past.set(horizon, [...known, { from, to }].slice(-MOST_STRETCHES));
  }
}

export interface SilenceSnapshot {
  readonly usual: readonly (readonly [number, readonly number[]])[];
  readonly silent: readonly (readonly [number, SilentRun])[];
  readonly past?: readonly (readonly [number, readonly SilentStretch[]])[];
  readonly track: IncidentSnapshot;
  readonly told?: boolean;
}

interface Told extends IncidentChange {
  readonly stream: Stream;
  /** Null where it is over. */
  readonly report: SilenceReport | null;
}

/** @param rate events a second that there were in the stream in which it was seen. */
function describeStop(rate: string, { version }: Stream, { stopped, goesOn }: SilenceReport): string {
  if (stopped.length === 1) return `no events, where there were about ${rate} a second`;
  const named = stopped.map((each) => `${each.version} (${each.role})`).join(', ');
  const whose = goesOn ? 'of versions' : 'of any version:';
  return `no events ${whose} ${named}; version ${version} had about ${rate} a second`;
}

function describeEnd(events: number, { version }: Stream, successor: string | null): string {
  if (events > 0 || successor === null) return 'events flow again';
  return `version ${version} has ended: version ${successor} serves in its place`;
}

function subjectOf(stream: Stream): string {
  return JSON.stringify(['silence', stream.model, stream.version, stream.role]);
}
