import type {
  Contribution,
  CorrelationChange,
  DriftEvent,
  Finding,
  ModelRole,
  SegmentPart,
  Severity,
} from '@tidemark/monitoring';

interface AvroDriftEvent {
  readonly id: string;
  readonly incident_id: string;
  readonly status: DriftEvent['status'];
  readonly signal: DriftEvent['signal'];
  readonly severity: Severity;
  readonly notify: boolean;
  readonly model: string;
  readonly version: string;
  readonly role: ModelRole;
  readonly segment_dimension: string;
  readonly segment_value: string;
  readonly column: string;
  readonly window_start: number;
  readonly window_end: number;
  readonly since: number;
  readonly baseline_id: string | null;
  readonly baseline_events: number;
  readonly window_events: number;
  readonly findings: readonly AvroFinding[];
  readonly aspects: readonly string[];
  readonly contributions: readonly AvroContribution[];
  readonly segments: readonly AvroSegmentPart[];
  readonly correlations: readonly AvroCorrelation[];
  readonly muted: string;
  readonly summary: string;
  readonly query: string;
}

interface AvroFinding {
  readonly metric: string;
  readonly severity: Severity;
  readonly effect: number;
  readonly window_value: number;
  readonly baseline_value: number;
  readonly p_value: number | null;
}

interface AvroContribution {
  readonly bin: string;
  readonly baseline_share: number;
  readonly window_share: number;
  readonly psi: number;
}

interface AvroSegmentPart {
  readonly dimension: string;
  readonly value: string;
  readonly kind: SegmentPart['kind'];
  readonly effect: number;
  readonly share_of_change: number;
  readonly baseline_share: number;
  readonly window_share: number;
  readonly events: number;
}

interface AvroCorrelation {
  readonly column_a: string;
  readonly column_b: string;
  readonly baseline_correlation: number;
  readonly window_correlation: number;
}

export function driftEventToAvro(event: DriftEvent): AvroDriftEvent {
  const { id, status, signal, severity, notify, stream, segment, column, since, muted, summary, query } = event;
  return {
    ...{ id, status, signal, severity, notify, column, since, muted, summary, query },
    incident_id: event.incidentId,
    model: stream.model,
    version: stream.version,
    role: stream.role,
    segment_dimension: segment.dimension,
    segment_value: segment.value,
    window_start: event.windowStart,
    window_end: event.windowEnd,
    baseline_id: event.baselineId,
    baseline_events: event.baselineEvents,
    window_events: event.windowEvents,
    findings: event.findings.map((finding) => ({
      metric: finding.metric,
      severity: finding.severity,
      effect: finding.effect,
      window_value: finding.windowValue,
      baseline_value: finding.baselineValue,
      p_value: finding.pValue,
    })),
    aspects: event.aspects,
    contributions: event.contributions.map((contribution) => ({
      bin: contribution.bin,
      baseline_share: contribution.baselineShare,
      window_share: contribution.windowShare,
      psi: contribution.psi,
    })),
    segments: event.segments.map(({ dimension, value, kind, effect, events, ...shares }) => ({
      ...{ dimension, value, kind, effect, events },
      share_of_change: shares.shareOfChange,
      baseline_share: shares.baselineShare,
      window_share: shares.windowShare,
    })),
    correlations: event.correlations.map(({ columns: [a, b], baselineCorrelation, windowCorrelation }) => ({
      column_a: a,
      column_b: b,
      baseline_correlation: baselineCorrelation,
      window_correlation: windowCorrelation,
    })),
  };
}

/** Words that a newer writer uses for status, signal and severity are passed on as they are. */
export function driftEventFromAvro(record: unknown): DriftEvent {
  const event = record as AvroDriftEvent;
  const { id, status, signal, severity, notify, column, since, muted, summary, query } = event;
  return {
    ...{ id, status, signal, severity, notify, column, since, muted, summary, query },
    incidentId: event.incident_id,
    stream: { model: event.model, version: event.version, role: event.role },
    segment: { dimension: event.segment_dimension, value: event.segment_value },
    windowStart: event.window_start,
    windowEnd: event.window_end,
    baselineId: event.baseline_id,
    baselineEvents: event.baseline_events,
    windowEvents: event.window_events,
    findings: event.findings.map((finding): Finding => ({
      metric: finding.metric,
      severity: finding.severity,
      effect: finding.effect,
      windowValue: finding.window_value,
      baselineValue: finding.baseline_value,
      pValue: finding.p_value,
    })),
    aspects: event.aspects,
    contributions: event.contributions.map((contribution): Contribution => ({
      bin: contribution.bin,
      baselineShare: contribution.baseline_share,
      windowShare: contribution.window_share,
      psi: contribution.psi,
    })),
    segments: event.segments.map(({ dimension, value, kind, effect, events, ...shares }): SegmentPart => ({
      ...{ dimension, value, kind, effect, events },
      shareOfChange: shares.share_of_change,
      baselineShare: shares.baseline_share,
      windowShare: shares.window_share,
    })),
    correlations: event.correlations.map((pair): CorrelationChange => ({
      columns: [pair.column_a, pair.column_b],
      baselineCorrelation: pair.baseline_correlation,
      windowCorrelation: pair.window_correlation,
    })),
  };
}
