import type { DriftEvent } from '../model/drift-event.js';
import type { Monitor } from '../model/monitor.js';
import { ALL_EVENTS, type Stream } from '../model/stream.js';
import { hashId } from '../model/hash-id.js';
import { reaches } from '../model/severity.js';
import { quoted, tableOf } from '../incidents/event-query.js';

/** The delays of so much time tell what is usual, a week's batch and weekend included; of so many windows at least, and at most. */
const REMEMBERED_FOR = 8 * 86_400_000;
const REMEMBERED = 12;
const MOST_REMEMBERED = 512;
/** How many it takes to say so. */
const LEAST_KNOWN = 3;

interface OpenSilence {
  readonly id: string;
  /** Start of the first window without labels, milliseconds since the epoch. */
  readonly since: number;
}

/** A window that has closed, as far as its labels go. */
export interface LabelCount {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly predictions: number;
  readonly labels: number;
}

/**
 * Notices that labels have stopped: a window has none although it is older than twice the age at which any window of the last eight days, or of
 * the last twelve that were labelled, had its first, and a window more. Ages are in event time.
 */
export class LabelSilence {
  #ages: number[] = [];
  /** The start of the last window whose age at its first label is known. */
  #lastLabelled = -Infinity;
  #open: OpenSilence | null = null;

  constructor(
    private readonly stream: Stream,
    private readonly monitor: Monitor,
  ) {}

  /** @param windows that have closed, in the order of their starts. @param time how far event time has come. */
  observe(windows: readonly LabelCount[], time: number, baselineId: string | null): DriftEvent[] {
    for (const { start, end, labels } of windows) {
      if (labels <= 0 || start <= this.#lastLabelled) continue;
      this.#ages.push(Math.max(0, time - end));
      const windows = Math.ceil(REMEMBERED_FOR / (end - start));
      this.#ages = this.#ages.slice(-Math.min(MOST_REMEMBERED, Math.max(REMEMBERED, windows)));
      this.#lastLabelled = start;
    }
    if (this.#open !== null) {
      const { since } = this.#open;
      if (this.#lastLabelled < since) return [];
      const event = this.#event(this.#open, 'resolved', windows[windows.length - 1], baselineId);
      this.#open = null;
      return [event];
    }
    if (this.#ages.length < LEAST_KNOWN) return [];
    const usual = Math.max(...this.#ages);
    const silent = windows.find(
      ({ start, end, predictions }) =>
        start > this.#lastLabelled &&
        predictions >= this.monitor.decision.minimumEvents &&
        time - end > 2 * usual + (end - start),
    );
    if (silent === undefined) return [];
    const id = hashId(['labels-silent', this.stream.model, this.stream.version, this.stream.role, silent.start]);
    this.#open = { id, since: silent.start };
    return [this.#event(this.#open, 'opened', silent, baselineId)];
  }

  snapshot(): LabelSilenceSnapshot {
    return { ages: this.#ages, lastLabelled: this.#lastLabelled, open: this.#open };
  }

  restore({ ages, lastLabelled, open }: LabelSilenceSnapshot): void {
    this.#ages = [...ages];
    this.#lastLabelled = lastLabelled;
    this.#open = open;
  }

  #event(
    { id, since }: OpenSilence,
    status: 'opened' | 'resolved',
    { start, end, predictions, labels }: LabelCount,
    baselineId: string | null,
  ): DriftEvent {
    const { model, version, role } = this.stream;
    const severity = 'moderate';
    const finding = {
      metric: 'labels',
      severity,
      effect: 1,
      windowValue: labels,
      baselineValue: 0,
      pValue: null,
    } as const;
    return {
      id: hashId([id, status, start]),
      incidentId: id,
      status,
      signal: 'labels-silent',
      severity,
      notify: reaches(severity, this.monitor.decision.notifyFrom),
      stream: this.stream,
      segment: ALL_EVENTS,
      column: '',
      findings: status === 'opened' ? [finding] : [],
      baselineEvents: 0,
      windowEvents: predictions,
      windowStart: start,
      windowEnd: end,
      since,
      baselineId,
      contributions: [],
      ...{ aspects: [], segments: [], correlations: [], muted: '' },
      summary: status === 'opened' ? 'labels have stopped coming' : 'labels come again',
      query:
        `SELECT pane_start, sum(predictions), sum(labels) FROM ${tableOf('pane_quality')} WHERE model = ${quoted(model)} ` +
        `AND version = ${quoted(version)} AND role = '${role}' AND segment_dimension = '' GROUP BY pane_start ORDER BY pane_start`,
    };
  }
}

export interface LabelSilenceSnapshot {
  readonly ages: readonly number[];
  readonly lastLabelled: number;
  readonly open: OpenSilence | null;
}
