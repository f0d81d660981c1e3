import type { Comparison } from './comparison.js';
import type { DriftEvent, Finding, Signal } from './drift-event.js';
import { PREDICTION_PREFIX } from './event-batch.js';
import { contributionsOf, describeFinding, describeMove, describeSegment, incidentQuery } from './explain.js';
import { hashId, reaches, type IncidentChange } from './incidents.js';
import type { DecisionSettings } from './monitor.js';
import type { WindowIdentity } from './window-rows.js';

/** The message about an incident's change, with what a person needs to see why. */
export function incidentEvent(
  { incident, status }: IncidentChange,
  window: WindowIdentity,
  comparison: Comparison,
  findings: readonly Finding[],
  settings: DecisionSettings,
): DriftEvent {
  const { stream, segment, windowStart, windowSize, baseline } = window;
  const column = comparison.baseline.name;
  const contributions = contributionsOf(comparison.window, comparison.baseline);
  const where = describeSegment(segment);
  const move = describeMove(comparison.window, comparison.baseline, contributions);
  const what = status === 'resolved' ? 'as in the baseline again' : findings.map(describeFinding).join(', ');
  return {
    id: hashId([incident.id, status, incident.severity, windowStart, windowSize]),
    incidentId: incident.id,
    status,
    signal: signalOf(column, findings),
    severity: incident.severity,
    notify: reaches(incident.severity, settings.notifyFrom),
    stream,
    segment,
    column,
    findings,
    baselineEvents: baseline?.rows ?? 0,
    windowEvents: comparison.events,
    windowStart,
    windowEnd: windowStart + windowSize,
    since: incident.since,
    baselineId: baseline?.id ?? null,
    contributions,
    summary: `${column}${where === '' ? '' : ` where ${where}`}: ${[what, move].filter((part) => part !== '').join('; ')}`,
    query: incidentQuery(stream, segment, column, incident.since),
  };
}

/** The foremost finding tells what the incident is about. */
function signalOf(column: string, findings: readonly Finding[]): Signal {
  if (findings.length > 0 && findings[0].metric !== 'psi') return 'data-quality';
  return column.startsWith(PREDICTION_PREFIX) ? 'prediction-drift' : 'data-drift';
}
