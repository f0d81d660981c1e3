import type { Comparison } from '../summaries/comparison.js';
import type { DriftEvent, Finding, SegmentPart, Signal } from '../model/drift-event.js';
import {
  aspectsOf,
  concentrationOf,
  contributionsOf,
  describeConcentration,
  describeFinding,
  describeMove,
  describeSegment,
  incidentQuery,
} from './explain.js';
import type { BoardIncident } from './incident-board.js';
import type { DecisionSettings } from '../model/monitor.js';
import type { Verdict } from '../evidence/columns/verdict.js';
import type { Stream } from '../model/stream.js';
import type { WindowIdentity } from '../windows/window-rows.js';
import { PREDICTION_PREFIX } from '../model/prediction-columns.js';
import { hashId } from '../model/hash-id.js';
import { reaches } from '../model/severity.js';
import type { IncidentChange } from '../model/incident.js';

/**
 * The message about an incident's change, with what a person needs to see why.
 *
 * @param segments where a change of all events comes from.
 * @param caution what the baseline lacks for the stated false alarms to hold, in words; empty: nothing.
 */
export function incidentEvent(
  { incident, status }: IncidentChange,
  window: WindowIdentity,
  comparison: Comparison,
  { findings, aspects }: Pick<Verdict, 'findings' | 'aspects'>,
  segments: readonly SegmentPart[],
  settings: DecisionSettings,
  caution: string,
): DriftEvent {
  const { stream, segment, windowStart, windowSize, baseline } = window;
  const column = comparison.baseline.name;
  const contributions = contributionsOf(comparison);
  const where = describeSegment(segment);
  const move = describeMove(comparison, contributions);
  const most = concentrationOf(segments);
  const short = status === 'resolved' ? '' : caution;
  const what =
    status === 'resolved'
      ? 'as in the baseline again'
      : findings.map((finding) => describeFinding(finding, aspects)).join(', ');
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
    baselineEvents: comparison.baselineEvents,
    windowEvents: comparison.events,
    windowStart,
    windowEnd: windowStart + windowSize,
    since: incident.since,
    baselineId: baseline?.id ?? null,
    aspects: aspectsOf(findings, aspects),
    contributions,
    segments,
    correlations: [],
    muted: '',
    summary: `${column}${where === '' ? '' : ` where ${where}`}: ${[what, move, describeConcentration(most), short].filter((part) => part !== '').join('; ')}`,
    query: incidentQuery(stream, segment, column, incident.since, most),
  };
}

/**
 * The end of an incident about what is no longer judged.
 *
 * @param end of the window with which that is clear, milliseconds since the epoch.
 */
export function unseenEvent(
  stream: Stream,
  { id, severity, since, segment, column }: BoardIncident,
  baselineId: string | null,
  window: { readonly start: number; readonly end: number },
  settings: DecisionSettings,
): DriftEvent {
  const where = describeSegment(segment);
  const what = column === '' ? 'correlations' : column;
  return {
    ...{ id: hashId([id, 'unseen', window.end]), incidentId: id, status: 'resolved', severity },
    ...{ signal: column === '' ? 'joint-drift' : signalOf(column, []), notify: reaches(severity, settings.notifyFrom) },
    ...{ stream, segment, column, findings: [], baselineEvents: 0, windowEvents: 0, baselineId },
    ...{ windowStart: window.start, windowEnd: window.end, since },
    ...{ aspects: [], contributions: [], segments: [], correlations: [], muted: '' },
    summary: `${what}${where === '' ? '' : ` where ${where}`}: no longer comes, so that nothing more can be said of it`,
    query: incidentQuery(stream, segment, column, since),
  };
}

/** What an incident about a column is about: its foremost finding tells. */
export function signalOf(column: string, findings: readonly Finding[]): Signal {
  if (findings.length > 0 && findings[0].metric !== 'psi') return 'data-quality';
  return column.startsWith(PREDICTION_PREFIX) ? 'prediction-drift' : 'data-drift';
}
