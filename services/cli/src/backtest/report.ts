import { formatDuration, formatFalseAlarms } from '@tidemark/contracts';
import { calibrationOf, describeCalibration, SEVERITIES, shortestWindow, type Severity } from '@tidemark/monitoring';
import { minuteOf } from '../moment.js';
import type { PastKnowledge } from '../past/past-knowledge.js';
import { table } from '../terminal.js';
import type { Score } from './backtest.js';
import type { PastIncident } from './incident-log.js';
import type { JudgedTime } from './judged-time.js';
import type { KnownIncident } from './known-incidents.js';

const MONTH = 30 * 86_400_000;
const MOST_ROWS = 40;

/** The result of a backtest for a person: what was judged, one row a setting, the known incidents, and what was raised where. */
export function describeBacktest(
  judged: JudgedTime,
  scores: readonly Score[],
  known: readonly KnownIncident[],
  knowledge: PastKnowledge,
): string[] {
  const { whyNone } = judged;
  if (whyNone !== null) return [whyNone];
  const { size, slide } = shortestWindow(judged.monitor);
  const time = judged.windows * slide;
  const parts = [
    [
      `Judged: ${judged.windows} windows of ${formatDuration(size)} from ${minuteOf(judged.from)} to ${minuteOf(judged.to)} (${spanOf(time)})`,
      ...cautionsOf(judged, knowledge),
    ],
    summaryOf(scores, known, time),
    ...(known.length === 0
      ? [
          [
            'Without --known every incident counts as a false alarm; name those that were real to see how the stated rate was kept.',
          ],
        ]
      : [knownTable(scores, known)]),
    ...scores.map((score) => subjectsOf(score, judged.to)),
  ];
  return parts.flatMap((part, at) => (at === 0 ? part : ['', ...part]));
}

function cautionsOf(judged: JudgedTime, knowledge: PastKnowledge): string[] {
  const { windows, decision } = judged.monitor;
  const baselines = new Map(
    judged.streams.flatMap((stream) => knowledge.baselineOf(stream) ?? []).map((b) => [b.id, b]),
  );
  return [...baselines.values()].flatMap((baseline) => [
    `Baseline ${baseline.id}: ${baseline.rows} rows of ${baseline.source}`,
    ...windows.flatMap((window) => {
      const caution = describeCalibration(calibrationOf(baseline, window, decision.minimumEvents));
      return caution === '' ? [] : [`Windows of ${formatDuration(window.size)}: ${caution}`];
    }),
  ]);
}

function summaryOf(scores: readonly Score[], known: readonly KnownIncident[], time: number): string[] {
  const headings = ['false alarms', 'incidents', ...SEVERITIES, 'sent', 'sent in 30d'];
  if (known.length > 0) headings.push('found');
  const rows = scores.map(({ falseAlarms, incidents, found, falseWindows, accepted, odds, kept }) => {
    const sent = incidents.filter((incident) => incident.sent).length;
    return [
      formatFalseAlarms(falseAlarms),
      incidents.length,
      ...SEVERITIES.map((severity) => incidents.filter((incident) => incident.severity === severity).length),
      sent,
      Number(((sent * MONTH) / time).toPrecision(2)),
      ...(known.length === 0 ? [] : [`${found.filter((incident) => incident !== null).length} of ${known.length}`]),
      falseWindows,
      accepted.toPrecision(2),
      kept ? 'yes' : `no: by chance once in ${oncePer(odds)}`,
    ];
  });
  return table([...headings, 'false windows', 'accepted', 'kept'], rows);
}

function knownTable(scores: readonly Score[], known: readonly KnownIncident[]): string[] {
  const headings = [
    'known from',
    'to',
    'column',
    ...scores.map(({ falseAlarms }) => `at ${formatFalseAlarms(falseAlarms)}`),
  ];
  const rows = known.map(({ from, to, column }, at) => [
    minuteOf(from),
    minuteOf(to),
    column ?? '(any)',
    ...scores.map(({ found }) => {
      const incident = found[at];
      return incident === null ? 'missed' : `${incident.severity} after ${spanOf(incident.windowEnd - from)}`;
    }),
  ]);
  return table(headings, rows);
}

/** What was raised, by column and segment, the most incidents first. */
function subjectsOf({ falseAlarms, incidents }: Score, end: number): string[] {
  const title = `At ${formatFalseAlarms(falseAlarms)}:`;
  if (incidents.length === 0) return [`${title} no incidents.`];
  const groups = new Map<string, PastIncident[]>();
  for (const incident of incidents) {
    const key = subjectOf(incident).join('\u0000');
    groups.set(key, [...(groups.get(key) ?? []), incident]);
  }
  const rows = [...groups.values()]
    .sort((a, b) => b.length - a.length || a[0].windowEnd - b[0].windowEnd)
    .map((group) => [
      ...subjectOf(group[0]),
      group.length,
      group.filter(({ sent }) => sent).length,
      worstOf(group),
      spanOf(group.reduce((open, { windowEnd, resolved }) => open + (resolved ?? end) - windowEnd, 0)),
      minuteOf(group[0].windowEnd),
    ]);
  const headings = ['what', 'where', 'incidents', 'sent', 'worst', 'open for', 'first at'];
  const more = rows.length > MOST_ROWS ? [`and ${rows.length - MOST_ROWS} more; --output json has all`] : [];
  return [title, ...table(headings, rows.slice(0, MOST_ROWS)), ...more];
}

function subjectOf({ signal, columns, segment, stream }: PastIncident): [what: string, where: string] {
  const what = signal === 'joint-drift' || columns.length === 0 ? signal : columns[0];
  const where = segment.dimension === '' ? '' : `${segment.dimension} = ${segment.value}, `;
  return [what, `${where}version ${stream.version}${stream.role === 'champion' ? '' : `, ${stream.role}`}`];
}

function worstOf(incidents: readonly PastIncident[]): Severity {
  return SEVERITIES[Math.max(...incidents.map(({ severity }) => SEVERITIES.indexOf(severity)))];
}

/** A length of time as people say it: minutes below three hours, hours below three days. */
function spanOf(milliseconds: number): string {
  const minutes = milliseconds / 60_000;
  if (minutes < 180) return `${Number(minutes.toPrecision(3))} min`;
  return minutes < 3 * 1440
    ? `${Number((minutes / 60).toPrecision(3))} h`
    : `${Number((minutes / 1440).toPrecision(3))} d`;
}

function oncePer(odds: number): string {
  return odds < 1e-6 ? 'more than a million' : String(Math.round(1 / odds));
}
