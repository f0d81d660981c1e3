import type { DriftEvent, IncidentStatus } from '../model/drift-event.js';
import { incidentQuery } from './explain.js';
import type { DecisionSettings } from '../model/monitor.js';
import { ALL_EVENTS, type Stream } from '../model/stream.js';
import { hashId } from '../model/hash-id.js';
import { reaches, type Severity } from '../model/severity.js';

/** What holds up the event time of a model is no less than this: nothing of it is judged meanwhile. */
const SEVERITY: Severity = 'moderate';

/** What an event about the event time of a model is about. Times in milliseconds since the epoch. */
interface EventTimeNews {
  readonly stream: Stream;
  readonly metric: 'source-stalled' | 'open-panes-over-limit';
  readonly incidentId: string;
  readonly status: IncidentStatus;
  /** What was counted, and how much of it is in order. */
  readonly value: number;
  readonly limit: number;
  readonly from: number;
  readonly to: number;
  readonly since: number;
  readonly summary: string;
}

function eventTimeEvent(news: EventTimeNews, { notifyFrom }: DecisionSettings): DriftEvent {
  const { stream, metric, incidentId, status, value, limit, from, to, since, summary } = news;
  const finding = { metric, severity: SEVERITY, effect: value - limit, windowValue: value, baselineValue: limit };
  return {
    ...{ id: status === 'noted' ? incidentId : hashId([incidentId, status, value, to]), incidentId, status },
    ...{ signal: 'data-quality', severity: SEVERITY, notify: reaches(SEVERITY, notifyFrom) },
    ...{ stream, segment: ALL_EVENTS, column: '', baselineId: null, baselineEvents: 0, windowEvents: 0 },
    findings: status === 'resolved' ? [] : [{ ...finding, pValue: null }],
    ...{ windowStart: from, windowEnd: to, since, summary },
    ...{ aspects: [], contributions: [], segments: [], correlations: [], muted: '' },
    query: incidentQuery(stream, ALL_EVENTS, '', from),
  };
}

/** Milliseconds of event time without it after which it is news again that panes are closed early. */
const NEWS_AGAIN_AFTER = 24 * 3_600_000;

/** Why panes are closed early. */
export interface EarlyClosingNews {
  /** Whose panes hold too much, and which of them are closed: what the sentence begins with. */
  readonly whose: string;
  /** Sketches that were open, and may be. */
  readonly sketches: number;
  readonly most: number;
}

/** Tells once when panes of a model are closed before all partitions have come to their end, as too much of it is open. */
export class EarlyClosing {
  #last = -Infinity;

  /** @param start of the oldest of the panes, and `end` of the last, milliseconds since the epoch. */
  observe(
    stream: Stream,
    start: number,
    end: number,
    { whose, sketches, most }: EarlyClosingNews,
    settings: DecisionSettings,
  ): DriftEvent | null {
    const isNews = start - this.#last >= NEWS_AGAIN_AFTER;
    this.#last = Math.max(this.#last, end);
    if (!isNews) return null;
    const { model } = stream;
    const summary =
      `${whose} are closed without it, and what comes of it later is counted in late parts, but in no window that has been judged; ` +
      `check the lag of the sketchers`;
    const incidentId = hashId(['open-panes', model, start]);
    return eventTimeEvent(
      {
        ...{ stream, metric: 'open-panes-over-limit', incidentId, status: 'noted', value: sketches, limit: most },
        ...{ from: start, to: end, since: start, summary },
      },
      settings,
    );
  }

  snapshot(): number {
    return this.#last;
  }

  restore(last: number): void {
    this.#last = last;
  }
}

interface OpenStall {
  readonly incidentId: string;
  readonly stream: Stream;
  readonly since: number;
  readonly partitions: readonly number[];
}

/** Tells when the event time of a model stands still for a partition of the event topic that nobody reads, and when that is over. */
export class StallWatch {
  #open: OpenStall | null = null;

  /**
   * @param partitions that are waited for and not read, ascending. @param time of the model, milliseconds since the epoch.
   * @param clock of the reader that has just been heard, milliseconds since the epoch.
   */
  observe(partitions: readonly number[], stream: Stream, clock: number, settings: DecisionSettings): DriftEvent | null {
    const before = this.#open;
    if (before === null && partitions.length === 0) return null;
    const more = partitions.filter((partition) => !before?.partitions.includes(partition));
    if (before !== null && partitions.length > 0 && more.length === 0) return null;
    const incidentId = before?.incidentId ?? hashId(['stalled', stream.model, clock]);
    const since = before?.since ?? clock;
    const toldOf = before?.stream ?? stream;
    const status = before === null ? 'opened' : partitions.length === 0 ? 'resolved' : 'updated';
    const all = [...new Set([...(before?.partitions ?? []), ...partitions])].sort((a, b) => a - b);
    this.#open = partitions.length === 0 ? null : { incidentId, stream: toldOf, since, partitions: all };
    const named = `${all.length === 1 ? 'partition' : 'partitions'} ${all.join(', ')} of the event topic`;
    const summary =
      status === 'resolved'
        ? `${named} ${all.length === 1 ? 'is' : 'are'} no longer waited for: event time goes on`
        : `${named} ${all.length === 1 ? 'has' : 'have'} not been read for five minutes: ${stream.model} is not judged until then; ` +
          `check that a sketcher runs and is assigned ${all.length === 1 ? 'it' : 'them'}`;
    return eventTimeEvent(
      {
        ...{ stream: toldOf, metric: 'source-stalled', incidentId, status, value: partitions.length, limit: 0 },
        ...{ from: since, to: clock, since, summary },
      },
      settings,
    );
  }

  snapshot(): StallSnapshot {
    return this.#open;
  }

  restore(snapshot: StallSnapshot): void {
    this.#open = snapshot;
  }
}

export type StallSnapshot = OpenStall | null;
