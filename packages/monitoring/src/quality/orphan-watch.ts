import type { DriftEvent } from '../model/drift-event.js';
import type { Monitor } from '../model/monitor.js';
import { ALL_EVENTS } from '../model/stream.js';
import { hashId } from '../model/hash-id.js';
import { reaches } from '../model/severity.js';
import { DEFAULT_DATABASE, inDatabase, quoted, tableOf } from '../incidents/event-query.js';

const DAY = 86_400_000;
/** So many models are counted; of others nothing is told. */
const MOST_MODELS = 1000;
/** Fewer orphans than this are a few strays, whatever their share. */
const LEAST_ORPHANS = 20;

interface LabelFates {
  /** Labels of the day that met a prediction, and those that were given up. */
  met: number;
  orphaned: number;
  told: boolean;
}

/**
 * Notices that too many labels of a model find no prediction: their ids are of another making, or the predictions are not logged. Told once a
 * day and model, under one id however often it is told. Days are those of the clock that is given, and labels count from the start of
 * the process on.
 */
export class OrphanWatch {
  #day = -Infinity;
  readonly #models = new Map<string, LabelFates>();

  /**
   * @param source names where the labels come from; ids are derived from it.
   * @param database the one that the queries of its events are about.
   */
  constructor(
    private readonly source: string,
    private readonly monitorOf: (model: string) => Monitor,
    private readonly database: string = DEFAULT_DATABASE,
  ) {}

  /** Counts what became of labels. @param now milliseconds since the epoch. */
  count(model: string, fate: 'met' | 'orphaned', labels: number, now: number): void {
    const day = Math.floor(now / DAY) * DAY;
    if (day > this.#day) {
      this.#models.clear();
      this.#day = day;
    }
    let fates = this.#models.get(model);
    if (fates === undefined) {
      if (this.#models.size >= MOST_MODELS) return;
      this.#models.set(model, (fates = { met: 0, orphaned: 0, told: false }));
    }
    fates[fate] += labels;
  }

  /** What is to be told now, and was not yet today. */
  events(): DriftEvent[] {
    const events: DriftEvent[] = [];
    for (const [model, fates] of this.#models) {
      const monitor = this.monitorOf(model);
      const { met, orphaned, told } = fates;
      const most = monitor.predictionLog?.mostOrphans ?? 1;
      if (told || orphaned < LEAST_ORPHANS || orphaned <= most * (met + orphaned)) continue;
      fates.told = true;
      events.push(inDatabase(this.#event(model, monitor, fates, most), this.database));
    }
    return events;
  }

  #event(model: string, monitor: Monitor, { met, orphaned }: LabelFates, most: number): DriftEvent {
    const share = orphaned / (met + orphaned);
    const id = hashId(['labels-orphaned', model, this.source, this.#day]);
    const severity = 'moderate';
    const finding = { severity, effect: share - most, windowValue: share, baselineValue: most, pValue: null } as const;
    return {
      ...{ id, incidentId: id, status: 'noted', signal: 'labels-orphaned', severity },
      notify: reaches(severity, monitor.decision.notifyFrom),
      stream: { model, version: '*', role: 'champion' },
      ...{ segment: ALL_EVENTS, column: '', findings: [{ metric: 'orphan-rate', ...finding }] },
      ...{ baselineEvents: 0, windowEvents: met + orphaned, baselineId: null },
      ...{ windowStart: this.#day, windowEnd: this.#day + DAY, since: this.#day },
      ...{ contributions: [], aspects: [], segments: [], correlations: [], muted: '' },
      summary:
        `${orphaned} of ${met + orphaned} labels met no prediction (${this.source}): are their ids those of the events, ` +
        'and are these logged?',
      query:
        `SELECT event_id, version, waits_until FROM ${tableOf('waiting_labels')} ` +
        `WHERE model = ${quoted(model)} AND fate = 'orphaned' ORDER BY waits_until DESC LIMIT 100`,
    };
  }
}
