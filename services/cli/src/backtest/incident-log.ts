import {
  SEVERITIES,
  type DriftEvent,
  type Segment,
  type Severity,
  type Signal,
  type Stream,
} from '@tidemark/monitoring';

/** An incident that a monitor would have raised. Times are milliseconds since the epoch. */
export interface PastIncident {
  readonly id: string;
  readonly stream: Stream;
  readonly segment: Segment;
  readonly signal: Signal;
  /** Those that it is about; none where it is about the stream as a whole. */
  readonly columns: readonly string[];
  /** The worst that it came to. */
  readonly severity: Severity;
  /** Whether any of its events would have been sent. */
  readonly sent: boolean;
  /** When it seems to have begun. */
  readonly since: number;
  /** The window with which it opened. */
  readonly windowStart: number;
  readonly windowEnd: number;
  /** The end of the window with which it resolved; null: it was open at the end of the past. */
  readonly resolved: number | null;
}

/** Puts drift events together to the incidents that they are about. Notes are no incidents. */
export class IncidentLog {
  readonly #incidents = new Map<string, PastIncident>();

  /** In the order in which they opened. */
  get incidents(): PastIncident[] {
    return [...this.#incidents.values()];
  }

  take(event: DriftEvent): void {
    if (event.status === 'noted') return;
    const { incidentId: id, stream, segment, signal, column, severity, notify, since, windowStart, windowEnd } = event;
    const known = this.#incidents.get(id);
    if (known === undefined) {
      const columns = column === '' ? event.correlations.flatMap((pair) => pair.columns) : [column];
      this.#incidents.set(id, {
        ...{ id, stream, segment, signal, severity, since, windowStart, windowEnd },
        columns: [...new Set(columns)],
        sent: notify,
        resolved: null,
      });
    } else if (event.status === 'resolved') this.#incidents.set(id, { ...known, resolved: windowEnd });
    else {
      const worse = SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(known.severity) ? severity : known.severity;
      this.#incidents.set(id, { ...known, severity: worse, sent: known.sent || notify });
    }
  }
}
