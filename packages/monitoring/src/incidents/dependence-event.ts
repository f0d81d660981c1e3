import type { Baseline } from '../model/baseline.js';
import { calibrationFrom, describeCalibration } from '../evidence/decision-model.js';
import type { CorrelationChange, DriftEvent } from '../model/drift-event.js';
import { quoted, tableOf } from './event-query.js';
import type { DependenceVerdict } from '../evidence/dependence/dependence-judge.js';
import type { DecisionSettings } from '../model/monitor.js';
import { ALL_EVENTS, type Stream } from '../model/stream.js';
import { hashId } from '../model/hash-id.js';
import { reaches } from '../model/severity.js';
import type { IncidentChange } from '../model/incident.js';

/** So many pairs are named in the sentence; the event has more. */
const NAMED_PAIRS = 3;

/** The message about a change of the dependence between columns. @param known what of the baseline the comparison rests on. */
export function dependenceEvent(
  stream: Stream,
  baseline: Baseline,
  known: { readonly events: number; readonly windows: number },
  window: { readonly start: number; readonly size: number; readonly events: number },
  { incident, status }: IncidentChange,
  { findings, correlations }: Pick<DependenceVerdict, 'findings' | 'correlations'>,
  settings: DecisionSettings,
): DriftEvent {
  const caution = describeCalibration(calibrationFrom(known.windows));
  return {
    id: hashId([incident.id, status, incident.severity, window.start, window.size]),
    incidentId: incident.id,
    status,
    signal: 'joint-drift',
    severity: incident.severity,
    notify: reaches(incident.severity, settings.notifyFrom),
    stream,
    segment: ALL_EVENTS,
    column: '',
    findings,
    baselineEvents: known.events,
    windowEvents: window.events,
    windowStart: window.start,
    windowEnd: window.start + window.size,
    since: incident.since,
    baselineId: baseline.id,
    ...{ aspects: status === 'resolved' ? [] : ['dependence'], contributions: [], segments: [] },
    correlations,
    muted: '',
    summary:
      status === 'resolved'
        ? 'correlations are as in the baseline again'
        : [describe(correlations), ...(caution === '' ? [] : [caution])].join('; '),
    query: dependenceQuery(stream, correlations.at(0)?.columns ?? null, incident.since),
  };
}

function describe(correlations: readonly CorrelationChange[]): string {
  if (correlations.length === 0) return 'the correlations of the columns changed, no pair clearly by itself';
  const named = correlations
    .slice(0, NAMED_PAIRS)
    .map(
      ({ columns: [a, b], baselineCorrelation, windowCorrelation }) =>
        `${a} and ${b} ${baselineCorrelation.toFixed(2)} → ${windowCorrelation.toFixed(2)}`,
    );
  const more = correlations.length > NAMED_PAIRS ? `, and ${correlations.length - NAMED_PAIRS} more` : '';
  return `the correlation changed: ${named.join(', ')}${more}`;
}

/** SQL that shows a pair's correlation hour by hour, or the clearest of all pairs; for a person to paste. */
function dependenceQuery(
  { model, version, role }: Stream,
  pair: readonly [string, string] | null,
  since: number,
): string {
  const conditions = [`model = ${quoted(model)}`, `version = ${quoted(version)}`, `role = ${quoted(role)}`];
  if (pair !== null) conditions.push(`column_a = ${quoted(pair[0])}`, `column_b = ${quoted(pair[1])}`);
  return (
    'SELECT toStartOfHour(pane_start) AS hour, column_a, column_b, sum(both) AS events, ' +
    '(sum(product) / sum(both) - sum(sum_a) / sum(count_a) * sum(sum_b) / sum(count_b)) / ' +
    'sqrt((sum(square_a) / sum(count_a) - pow(sum(sum_a) / sum(count_a), 2)) * ' +
    '(sum(square_b) / sum(count_b) - pow(sum(sum_b) / sum(count_b), 2))) AS correlation ' +
    `FROM ${tableOf('pane_pairs')} WHERE ${conditions.join(' AND ')} ` +
    `AND pane_start >= fromUnixTimestamp64Milli(${Math.round(since)}) - INTERVAL 1 DAY GROUP BY ALL ORDER BY hour`
  );
}
