import type { Baseline } from '../model/baseline.js';
import { shortestWindow } from '../baselines/baseline-building.js';
import { calibrationOf, describeCalibration } from '../evidence/decision-model.js';
import type { DriftEvent } from '../model/drift-event.js';
import { quoted, tableOf } from '../incidents/event-query.js';
import type { BoardIncident } from '../incidents/incident-board.js';
import { signalOf } from '../incidents/incident-event.js';
import type { Monitor } from '../model/monitor.js';
import { ALL_EVENTS, type Stream } from '../model/stream.js';
import { hashId } from '../model/hash-id.js';
import { reaches, type Severity } from '../model/severity.js';

/** The note that a stream's first windows have become its baseline. */
export function learntEvent(stream: Stream, baseline: Baseline, monitor: Monitor): DriftEvent {
  const calibration = calibrationOf(baseline, shortestWindow(monitor), monitor.decision.minimumEvents);
  const caution = describeCalibration(calibration);
  const { windowEnd } = common(stream, baseline);
  const became = `the first ${baseline.rows} events, up to ${new Date(windowEnd).toISOString()}, became it`;
  return note(
    'learnt',
    stream,
    baseline,
    `no baseline was published: ${became}${caution === '' ? '' : `; ${caution}`}`,
  );
}

/** The note that a rolling baseline has taken open incidents for how things are now. */
export function adoptionEvent(stream: Stream, baseline: Baseline, incidents: number): DriftEvent {
  const what = incidents === 1 ? 'an incident has' : `${incidents} incidents have`;
  const since = new Date(common(stream, baseline).windowStart).toISOString();
  const summary = `${what} lasted so long that what came since ${since} is the baseline now (adopt_after)`;
  return note('adopted', stream, baseline, summary);
}

/** The end of one of them: whatever differs from the new baseline is another. @param at when, milliseconds since the epoch. @param notifyFrom the least severity that is sent. */
export function adoptedEvent(
  stream: Stream,
  baseline: Baseline,
  at: number,
  incident: BoardIncident,
  notifyFrom: Severity,
): DriftEvent {
  const { id, severity, since, segment, column } = incident;
  return {
    ...common(stream, baseline),
    ...{ id: hashId([id, 'adopted', at]), incidentId: id, status: 'resolved', severity },
    ...{ signal: column === '' ? 'joint-drift' : signalOf(column, []), notify: reaches(severity, notifyFrom) },
    ...{ segment, column, since },
    summary: `${column === '' ? 'correlations' : column}: became the baseline (adopt_after)`,
  };
}

function note(what: 'learnt' | 'adopted', stream: Stream, baseline: Baseline, summary: string): DriftEvent {
  const id = hashId([what, stream.model, stream.version, stream.role, baseline.id]);
  const about = common(stream, baseline);
  return {
    ...about,
    ...{ id, incidentId: id, status: 'noted', signal: 'baseline', severity: 'minor', notify: false },
    ...{ segment: ALL_EVENTS, column: '', since: about.windowStart },
    summary,
  };
}

function common(stream: Stream, { id, rows, createdAt, periodStart, periodEnd }: Baseline) {
  return {
    ...{ stream, findings: [], aspects: [], contributions: [], segments: [], correlations: [], muted: '' },
    ...{ baselineEvents: rows, windowEvents: rows, baselineId: id },
    ...{ windowStart: periodStart ?? createdAt, windowEnd: periodEnd ?? createdAt },
    query: `SELECT * FROM ${tableOf('baselines')} WHERE baseline_id = ${quoted(id)}`,
  };
}
