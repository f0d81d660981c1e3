import type { Baseline } from './baseline.js';
import type { DriftEvent } from '../incidents/drift-event.js';
import type { BoardIncident } from '../incidents/incident-board.js';
import { signalOf } from '../incidents/incident-event.js';
import { hashId, reaches } from '../incidents/incidents.js';
import type { Severity } from '../monitor.js';
import { ALL_EVENTS, type Stream } from '../stream.js';

/** The note that a rolling baseline has taken open incidents for how things are now. @param at when, milliseconds since the epoch. */
export function adoptionEvent(stream: Stream, baseline: Baseline, at: number, incidents: number): DriftEvent {
  const id = hashId(['adopted', stream.model, stream.version, stream.role, baseline.id]);
  const what = incidents === 1 ? 'an incident has' : `${incidents} incidents have`;
  return {
    ...common(stream, baseline, at),
    ...{ id, incidentId: id, status: 'noted', signal: 'baseline', severity: 'minor', notify: false },
    ...{ segment: ALL_EVENTS, column: '', since: startOf(baseline, at) },
    summary: `${what} lasted so long that what came since ${new Date(startOf(baseline, at)).toISOString()} is the baseline now (adopt_after)`,
  };
}

/** The end of one of them: whatever differs from the new baseline is another. @param notifyFrom the least severity that is sent. */
export function adoptedEvent(
  stream: Stream,
  baseline: Baseline,
  at: number,
  incident: BoardIncident,
  notifyFrom: Severity,
): DriftEvent {
  const { id, severity, since, segment, column } = incident;
  return {
    ...common(stream, baseline, at),
    ...{ id: hashId([id, 'adopted', at]), incidentId: id, status: 'resolved', severity },
    ...{ signal: column === '' ? 'joint-drift' : signalOf(column, []), notify: reaches(severity, notifyFrom) },
    ...{ segment, column, since },
    summary: `${column === '' ? 'correlations' : column}: became the baseline (adopt_after)`,
  };
}

function startOf({ periodStart }: Baseline, at: number): number {
  return periodStart ?? at;
}

function common(stream: Stream, baseline: Baseline, at: number) {
  return {
    ...{ stream, findings: [], aspects: [], contributions: [], segments: [], correlations: [], muted: '' },
    ...{ baselineEvents: baseline.rows, windowEvents: baseline.rows, baselineId: baseline.id },
    ...{ windowStart: startOf(baseline, at), windowEnd: baseline.periodEnd ?? at },
    query: `SELECT * FROM tidemark.baselines WHERE baseline_id = '${baseline.id}'`,
  };
}
