import type { Baseline } from './baseline.js';
import type { DriftEvent } from '../incidents/drift-event.js';
import { hashId } from '../incidents/incidents.js';
import { ALL_EVENTS, type Stream } from '../stream.js';

/** The note that a rolling baseline has taken open incidents for how things are now. @param at when, milliseconds since the epoch. */
export function adoptedEvent(stream: Stream, baseline: Baseline, at: number, incidents: number): DriftEvent {
  const id = hashId(['adopted', stream.model, stream.version, stream.role, baseline.id]);
  const from = baseline.periodStart ?? at;
  const what = incidents === 1 ? 'an incident has' : `${incidents} incidents have`;
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
    windowStart: from,
    windowEnd: baseline.periodEnd ?? at,
    since: from,
    baselineId: baseline.id,
    ...{ aspects: [], contributions: [], segments: [], correlations: [], muted: '' },
    summary: `${what} lasted so long that what came since ${new Date(from).toISOString()} is the baseline now (adopt_after)`,
    query: `SELECT * FROM tidemark.baselines WHERE baseline_id = '${baseline.id}'`,
  };
}
