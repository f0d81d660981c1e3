import type { IncidentStatus } from './drift-event.js';
import type { Severity } from './severity.js';

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
