import { formatFalseAlarms } from '@tidemark/contracts';
import type { Score } from './backtest.js';
import type { PastIncident } from './incident-log.js';
import type { JudgedTime } from './judged-time.js';
import { isAbout, type KnownIncident } from './known-incidents.js';

/** The result of a backtest for programs: an object a setting, times in milliseconds since the epoch. */
export function scoreLines(judged: JudgedTime, scores: readonly Score[], known: readonly KnownIncident[]): object[] {
  return scores.map(({ falseAlarms, incidents, found, falseWindows, accepted, odds, kept }) => ({
    false_alarms: formatFalseAlarms(falseAlarms),
    windows: judged.windows,
    from: judged.windows === 0 ? null : judged.from,
    to: judged.windows === 0 ? null : judged.to,
    false_windows: falseWindows,
    ...{ accepted, odds, kept },
    known: known.map(({ from, to, column }, at) => ({
      ...{ from, to, column },
      found_by: found[at]?.id ?? null,
      delay: found[at] === null ? null : found[at].windowEnd - from,
    })),
    incidents: incidents.map((incident) => ({
      ...incidentFields(incident),
      known: known.some((each) => isAbout(incident, each)),
    })),
  }));
}

function incidentFields({ id, stream, segment, signal, columns, severity, sent, ...times }: PastIncident): object {
  return {
    incident_id: id,
    ...stream,
    segment_dimension: segment.dimension,
    segment_value: segment.value,
    ...{ signal, columns, severity, sent },
    since: times.since,
    window_start: times.windowStart,
    window_end: times.windowEnd,
    resolved: times.resolved,
  };
}
