import type {
  Contribution,
  CorrelationChange,
  DriftEvent,
  Finding,
  IncidentStatus,
  SegmentPart,
  Severity,
  Signal,
} from '@tidemark/monitoring';
import { fromJsonNumber, toJsonNumber, type JsonNumber } from './json-number.js';
import { wellFormed } from './sketch-columns.js';
import {
  conditionOf,
  segmentOf,
  streamColumns,
  streamOf,
  type RowFilter,
  type StreamColumns,
} from './stream-columns.js';
import type { Store } from './store.js';
import type { InsertRow } from './insert-row.js';
import { toTimestamp } from './timestamps.js';

/** Writes drift events; one written again replaces itself. @throws StoreError; when it does, repeat the whole. */
export async function writeDriftEvents(store: Store, events: Iterable<DriftEvent>): Promise<void> {
  await store.insert('drift_events_raw', Array.from(events, insertRow));
}

function insertRow(event: DriftEvent): InsertRow {
  return {
    id: event.id,
    incident_id: event.incidentId,
    status: event.status,
    signal: event.signal,
    severity: event.severity,
    notify: event.notify,
    ...streamColumns(event.stream, event.segment),
    column: wellFormed(event.column),
    window_start: toTimestamp(event.windowStart),
    window_end: toTimestamp(event.windowEnd),
    since: toTimestamp(event.since),
    baseline_id: event.baselineId ?? '',
    baseline_events: event.baselineEvents,
    window_events: event.windowEvents,
    findings: event.findings.map((finding) => ({
      metric: finding.metric,
      severity: finding.severity,
      effect: toJsonNumber(finding.effect),
      window_value: toJsonNumber(finding.windowValue),
      baseline_value: toJsonNumber(finding.baselineValue),
      p_value: toJsonNumber(finding.pValue),
    })),
    aspects: event.aspects,
    contributions: event.contributions.map((contribution) => ({
      bin: wellFormed(contribution.bin),
      baseline_share: toJsonNumber(contribution.baselineShare),
      window_share: toJsonNumber(contribution.windowShare),
      psi: toJsonNumber(contribution.psi),
    })),
    segments: event.segments.map((part) => ({
      dimension: wellFormed(part.dimension),
      value: wellFormed(part.value),
      kind: part.kind,
      effect: toJsonNumber(part.effect),
      share_of_change: toJsonNumber(part.shareOfChange),
      baseline_share: toJsonNumber(part.baselineShare),
      window_share: toJsonNumber(part.windowShare),
      events: part.events,
    })),
    correlations: event.correlations.map(({ columns: [a, b], baselineCorrelation, windowCorrelation }) => ({
      column_a: wellFormed(a),
      column_b: wellFormed(b),
      baseline_correlation: toJsonNumber(baselineCorrelation),
      window_correlation: toJsonNumber(windowCorrelation),
    })),
    muted: wellFormed(event.muted),
    summary: wellFormed(event.summary),
    query: wellFormed(event.query),
  };
}

export interface DriftEventFilter extends RowFilter {
  readonly incidentId?: string;
  readonly signal?: Signal;
  readonly status?: IncidentStatus;
}

interface StoredEvent extends StreamColumns {
  readonly id: string;
  readonly incident_id: string;
  readonly status: IncidentStatus;
  readonly signal: Signal;
  readonly severity: Severity;
  readonly notify: boolean;
  readonly column: string;
  readonly start: number;
  readonly end: number;
  readonly since_ms: number;
  readonly baseline_id: string;
  readonly baseline_events: number;
  readonly window_events: number;
  readonly findings: readonly StoredFinding[];
  readonly aspects: readonly string[];
  readonly contributions: readonly StoredContribution[];
  readonly segments: readonly StoredSegmentPart[];
  readonly correlations: readonly StoredCorrelation[];
  readonly muted: string;
  readonly summary: string;
  readonly query: string;
}

interface StoredFinding {
  readonly metric: string;
  readonly severity: Severity;
  readonly effect: JsonNumber;
  readonly window_value: JsonNumber;
  readonly baseline_value: JsonNumber;
  readonly p_value: JsonNumber | null;
}

interface StoredContribution {
  readonly bin: string;
  readonly baseline_share: JsonNumber;
  readonly window_share: JsonNumber;
  readonly psi: JsonNumber;
}

interface StoredSegmentPart {
  readonly dimension: string;
  readonly value: string;
  readonly kind: SegmentPart['kind'];
  readonly effect: JsonNumber;
  readonly share_of_change: JsonNumber;
  readonly baseline_share: JsonNumber;
  readonly window_share: JsonNumber;
  readonly events: number;
}

interface StoredCorrelation {
  readonly column_a: string;
  readonly column_b: string;
  readonly baseline_correlation: JsonNumber;
  readonly window_correlation: JsonNumber;
}

/** Reads drift events by the end of their window, then by id; `from` and `to` are about that end. @throws StoreError. */
export async function readDriftEvents(store: Store, filter: DriftEventFilter = {}): Promise<DriftEvent[]> {
  const { sql, parameters } = conditionOf(filter, 'window_end');
  const terms = [sql];
  for (const [column, value] of Object.entries({
    incident_id: filter.incidentId,
    signal: filter.signal,
    status: filter.status,
  })) {
    if (value === undefined) continue;
    terms.push(`${column} = {${column}:String}`);
    parameters[column] = value;
  }
  const rows = await store.query<StoredEvent>(
    `SELECT * EXCEPT (window_start, window_end, since), toUnixTimestamp64Milli(window_start) AS start,
     toUnixTimestamp64Milli(window_end) AS end, toUnixTimestamp64Milli(since) AS since_ms
     FROM ${store.database}.drift_events WHERE ${terms.join(' AND ')} ORDER BY window_end, id`,
    parameters,
  );
  return rows.map(eventOf);
}

function eventOf(row: StoredEvent): DriftEvent {
  return {
    id: row.id,
    incidentId: row.incident_id,
    status: row.status,
    signal: row.signal,
    severity: row.severity,
    notify: row.notify,
    stream: streamOf(row),
    segment: segmentOf(row),
    column: row.column,
    findings: row.findings.map(findingOf),
    baselineEvents: row.baseline_events,
    windowEvents: row.window_events,
    windowStart: row.start,
    windowEnd: row.end,
    since: row.since_ms,
    baselineId: row.baseline_id === '' ? null : row.baseline_id,
    aspects: row.aspects,
    contributions: row.contributions.map(contributionOf),
    segments: row.segments.map(segmentPartOf),
    correlations: row.correlations.map(correlationOf),
    muted: row.muted,
    summary: row.summary,
    query: row.query,
  };
}

function findingOf(finding: StoredFinding): Finding {
  return {
    metric: finding.metric,
    severity: finding.severity,
    effect: fromJsonNumber(finding.effect),
    windowValue: fromJsonNumber(finding.window_value),
    baselineValue: fromJsonNumber(finding.baseline_value),
    pValue: fromJsonNumber(finding.p_value),
  };
}

function contributionOf(contribution: StoredContribution): Contribution {
  return {
    bin: contribution.bin,
    baselineShare: fromJsonNumber(contribution.baseline_share),
    windowShare: fromJsonNumber(contribution.window_share),
    psi: fromJsonNumber(contribution.psi),
  };
}

function segmentPartOf(part: StoredSegmentPart): SegmentPart {
  return {
    dimension: part.dimension,
    value: part.value,
    kind: part.kind,
    effect: fromJsonNumber(part.effect),
    shareOfChange: fromJsonNumber(part.share_of_change),
    baselineShare: fromJsonNumber(part.baseline_share),
    windowShare: fromJsonNumber(part.window_share),
    events: part.events,
  };
}

function correlationOf(pair: StoredCorrelation): CorrelationChange {
  return {
    columns: [pair.column_a, pair.column_b],
    baselineCorrelation: fromJsonNumber(pair.baseline_correlation),
    windowCorrelation: fromJsonNumber(pair.window_correlation),
  };
}
