import { hashId } from '../model/hash-id.js';
import type { Monitor, WindowSettings } from '../model/monitor.js';
import type { DriftEvent } from '../model/drift-event.js';
import { ALL_EVENTS, type Segment, type Stream } from '../model/stream.js';
import { LONGEST_WAIT, type UnjudgedSegment } from '../windows/window-series.js';
import { describeSegment, incidentQuery } from './explain.js';

/** Milliseconds of event time without it after which it is news again. */
const NEWS_AGAIN_AFTER = 24 * 3_600_000;
const MOST_EXAMPLES = 3;

/**
 * Tells once for each size of windows, and for all events and each dimension, when events are never judged as there are too few of them. A
 * note that is not sent: rare values are what most dimensions have, and a judgement on too few events would be false alarms. It is told again when it
 * comes back after a day without.
 */
export class UnjudgedWatch {
  /** The end of the last window that let some go, by size of window and dimension. */
  readonly #last = new Map<string, number>();

  constructor(
    private readonly stream: Stream,
    private readonly monitor: Monitor,
  ) {}

  /** @param end of the window with which they were let go, milliseconds since the epoch. */
  observe(window: WindowSettings, end: number, unjudged: readonly UnjudgedSegment[]): DriftEvent[] {
    return [...new Set(unjudged.map(({ segment }) => segment.dimension))].flatMap((dimension) => {
      const key = `${window.size}:${dimension}`;
      const last = this.#last.get(key) ?? -Infinity;
      this.#last.set(key, end);
      if (end - last < NEWS_AGAIN_AFTER) return [];
      return [
        this.#event(
          window,
          end,
          dimension,
          unjudged.filter(({ segment }) => segment.dimension === dimension),
        ),
      ];
    });
  }

  snapshot(): UnjudgedWatchSnapshot {
    return [...this.#last];
  }

  restore(snapshot: UnjudgedWatchSnapshot): void {
    for (const [key, end] of snapshot) this.#last.set(key, end);
  }

  #event(window: WindowSettings, end: number, dimension: string, unjudged: readonly UnjudgedSegment[]): DriftEvent {
    const { model, version, role } = this.stream;
    const { minimumEvents } = this.monitor.decision;
    const events = unjudged.reduce((sum, each) => sum + each.events, 0);
    const from = Math.min(...unjudged.map((each) => each.from));
    const id = hashId(['unjudged', model, version, role, window.size, dimension, from]);
    const segment: Segment = unjudged.length === 1 ? unjudged[0].segment : ALL_EVENTS;
    const finding = { metric: 'too-few-events', severity: 'minor', effect: minimumEvents - events } as const;
    return {
      ...{ id, incidentId: id, status: 'noted', signal: 'data-quality', severity: 'minor', notify: false },
      ...{ stream: this.stream, segment, column: '', baselineEvents: 0, windowEvents: events, baselineId: null },
      findings: [{ ...finding, windowValue: events, baselineValue: minimumEvents, pValue: null }],
      ...{ windowStart: from, windowEnd: end, since: from },
      ...{ aspects: [], contributions: [], segments: [], correlations: [], muted: '' },
      summary: this.#sentence(window, dimension, unjudged, events),
      query: incidentQuery(this.stream, segment, '', from),
    };
  }

  #sentence(
    { size, slide }: WindowSettings,
    dimension: string,
    unjudged: readonly UnjudgedSegment[],
    events: number,
  ): string {
    const { decision, limits } = this.monitor;
    const named = unjudged.slice(0, MOST_EXAMPLES).map(({ segment }) => JSON.stringify(segment.value));
    const of =
      dimension === ''
        ? ''
        : unjudged.length === 1
          ? ` where ${describeSegment(unjudged[0].segment)}`
          : ` of ${unjudged.length} values of ${dimension}, such as ${named.join(', ')},`;
    const why =
      slide === size
        ? `windows with fewer than ${decision.minimumEvents} events wait for more, but for no longer than ${LONGEST_WAIT} windows` +
          (dimension === '' ? '' : `, and no more than ${limits.segments} values of a dimension at a time`)
        : `windows that overlap do not wait for more where they have fewer than ${decision.minimumEvents} events`;
    return (
      `${events} events${of} were not judged in windows of ${size / 60_000} minutes: ${why}; ` +
      `if they matter, make the windows longer, or lower decision.minimum_events`
    );
  }
}

export type UnjudgedWatchSnapshot = readonly (readonly [key: string, last: number])[];
