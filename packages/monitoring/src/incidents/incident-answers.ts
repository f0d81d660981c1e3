import type { IncidentAnswer } from '../control/control.js';
import type { DriftEvent } from '../model/drift-event.js';
import { type Severity, SEVERITIES } from '../model/severity.js';

/** An incident that is open, and what people said of it. */
interface AnsweredIncident {
  readonly incidentId: string;
  /** The worst that has been told. */
  readonly severity: Severity;
  /** Who takes care of it; empty: nobody does yet. */
  readonly acknowledgedBy: string;
  /** Null: nobody said whether it is real. */
  readonly answer: IncidentAnswer | null;
}

/**
 * What people said of a stream's open incidents. One that somebody takes care of is not sent again while it stays as bad as it was: once
 * it gets worse, it is as if nobody had.
 */
export class IncidentAnswers {
  readonly #incidents = new Map<string, AnsweredIncident>();

  /** Takes note of an event. @returns the event as it goes out. */
  apply(event: DriftEvent): DriftEvent {
    const { incidentId, status, severity } = event;
    if (status === 'noted') return event;
    if (status === 'resolved') {
      this.#incidents.delete(incidentId);
      return event;
    }
    const known = this.#incidents.get(incidentId);
    if (known === undefined || SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(known.severity)) {
      this.#incidents.set(incidentId, { incidentId, severity, acknowledgedBy: '', answer: known?.answer ?? null });
      return event;
    }
    return known.acknowledgedBy === '' || !event.notify ? event : { ...event, notify: false };
  }

  /** Somebody takes care of an incident. @returns whether it is open here. */
  acknowledge(incidentId: string, by: string): boolean {
    return this.#note(incidentId, { acknowledgedBy: by === '' ? 'somebody' : by });
  }

  /** Somebody says whether an incident is real. @returns whether it is open here. */
  answer(incidentId: string, answer: IncidentAnswer): boolean {
    return this.#note(incidentId, { answer });
  }

  snapshot(): IncidentAnswersSnapshot {
    return [...this.#incidents.values()];
  }

  restore(snapshot: IncidentAnswersSnapshot): void {
    for (const incident of snapshot) this.#incidents.set(incident.incidentId, incident);
  }

  #note(incidentId: string, said: Partial<AnsweredIncident>): boolean {
    const known = this.#incidents.get(incidentId);
    if (known === undefined) return false;
    this.#incidents.set(incidentId, { ...known, ...said });
    return true;
  }
}

export type IncidentAnswersSnapshot = readonly AnsweredIncident[];
