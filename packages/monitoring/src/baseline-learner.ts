import { Aggregate, type Summary } from './aggregate.js';
import { learnBaseline } from './baseline-building.js';
import type { Baseline } from './baseline.js';
import type { DriftEvent } from './drift-event.js';
import { hashId } from './incidents.js';
import type { Monitor } from './monitor.js';
import { ALL_EVENTS, type Stream } from './stream.js';

/** How much of a stream becomes its baseline where the monitor expected a published one and there is none. */
const UNLESS_STATED = { windows: 12, events: 2000 };

/** Gathers the beginning of a stream that has no baseline, until there is enough of it to be one. */
export class BaselineLearner {
  readonly #gathered = new Aggregate();
  #from: number | null = null;

  constructor(
    private readonly stream: Stream,
    private readonly monitor: Monitor,
  ) {}

  /** The earliest time from which closed panes are needed to go on from here, milliseconds since the epoch; null: none yet. */
  get neededFrom(): number | null {
    return this.#from;
  }

  /** Adds a closed pane of all events; gives the baseline when that completes it. */
  gather(paneStart: number, paneSize: number, summary: Summary): Baseline | null {
    this.#from ??= paneStart;
    this.#gathered.merge(summary);
    const { windows, events } = this.monitor.baseline.from === 'first-windows' ? this.monitor.baseline : UNLESS_STATED;
    const end = paneStart + paneSize;
    const shortest = Math.min(...this.monitor.windows.map((window) => window.size));
    if (end - this.#from < windows * shortest || this.#gathered.events < events) return null;
    return learnBaseline(
      {
        model: this.stream.model,
        version: this.stream.version,
        createdAt: end,
        source: 'first windows',
        periodStart: this.#from,
        periodEnd: end,
      },
      this.#gathered,
      this.monitor,
    );
  }
}

/** The note that a stream's first windows have become its baseline. */
export function learntEvent(stream: Stream, baseline: Baseline): DriftEvent {
  const start = baseline.periodStart ?? baseline.createdAt;
  const end = baseline.periodEnd ?? baseline.createdAt;
  const id = hashId(['learnt', stream.model, stream.version, stream.role, baseline.id]);
  return {
    id,
    incidentId: id,
    status: 'noted',
    signal: 'baseline',
    severity: 'minor',
    notify: false,
    stream,
    segment: ALL_EVENTS,
    column: '',
    findings: [],
    baselineEvents: baseline.rows,
    windowEvents: baseline.rows,
    windowStart: start,
    windowEnd: end,
    since: start,
    baselineId: baseline.id,
    contributions: [],
    summary: `no baseline was published: the first ${baseline.rows} events, up to ${new Date(end).toISOString()}, became it`,
    query: `SELECT * FROM tidemark.baselines WHERE baseline_id = '${baseline.id}'`,
  };
}
