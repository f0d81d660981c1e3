import type { Baseline } from '../model/baseline.js';
import type { DriftEvent, Finding, Signal } from '../model/drift-event.js';
import { quoted, tableOf } from '../incidents/event-query.js';
import { describeSegment } from '../incidents/explain.js';
import type { Monitor, QualityMetric, QualitySettings } from '../model/monitor.js';
import { isLoss } from '../expected-quality/expected-metrics.js';
import type { QualityChange } from './quality-incidents.js';
import type { JudgedWindow } from './quality-judge.js';
import type { Rise } from './quality-evidence.js';
import type { Segment, Stream } from '../model/stream.js';
import { hashId } from '../model/hash-id.js';
import { reaches, type Severity } from '../model/severity.js';

/** A fall of so many times the tolerance is major; of the tolerance itself, moderate. What is no fall is minor, so that one is told when it comes. */
const MAJOR = 2.5;

/** How findings call a metric: of accuracy it is the share of wrong answers. */
const NAMES: Readonly<Partial<Record<QualityMetric, string>>> = {
  accuracy: 'error-rate',
  mae: 'mean-absolute-error',
  rmse: 'root-mean-square-error',
};

/** What a window shows of a model that has got worse; empty where it shows nothing of the kind. The foremost tells what it is about. */
export function qualityFindings({ judged, evidence, tolerance }: JudgedWindow): Finding[] {
  if (evidence === null) return [];
  const findings: Finding[] = [];
  const { metric, beyond, fall, baseRate, calibration } = evidence;
  const name = NAMES[metric] ?? metric.replace('_', '-');
  const beyondExpected = judged.verdict === 'concept-drift' || judged.verdict === 'inputs-changed-quality-fell';
  if (beyondExpected) {
    const side = isLoss(metric) ? 'beyond' : 'below';
    findings.push(findingOf(`${name}-${side}-expected`, beyond, severityOf(beyond.excess, tolerance)));
  }
  if (judged.fell) findings.push(findingOf(name, fall, severityOf(fall.excess, tolerance)));
  if (judged.verdict === 'base-rate-changed' && baseRate !== null) {
    findings.push(findingOf(`share-of-class-${baseRate.name}`, baseRate, 'minor'));
  }
  if (judged.miscalibrated && calibration !== null) {
    const { gap, pValue } = calibration;
    const figures = { effect: gap, windowValue: gap, baselineValue: 0, pValue };
    findings.push({
      metric: evidence.withinClass === null ? RESIDUAL_GAP : CALIBRATION_GAP,
      severity: 'minor',
      ...figures,
    });
  }
  return findings;
}

const CALIBRATION_GAP = 'calibration-gap';
const RESIDUAL_GAP = 'residual-gap';

function severityOf(excess: number, tolerance: number): Severity {
  return excess >= MAJOR * tolerance ? 'major' : 'moderate';
}

/** The p-value of an e-value is its reciprocal: valid, whenever one looks. */
function findingOf(metric: string, { excess, realised, expected, logEValue }: Rise, severity: Severity): Finding {
  const pValue = Math.min(1, Math.exp(-logEValue));
  return { metric, severity, effect: excess, windowValue: realised, baselineValue: expected, pValue };
}

function signalOf(findings: readonly Finding[]): Signal {
  const [first] = findings;
  if (first === undefined) return 'quality';
  if (first.metric.endsWith('-expected')) return 'concept-drift';
  if (first.metric === CALIBRATION_GAP || first.metric === RESIDUAL_GAP) return 'calibration';
  return first.metric.startsWith('share-of-class-') ? 'base-rate' : 'quality';
}

/** The message about a change of the incident about the quality of a stream, or of a segment of it. */
export function qualityEvent(
  stream: Stream,
  monitor: Monitor,
  { window: { size } }: QualitySettings,
  change: QualityChange,
  window: JudgedWindow,
  findings: readonly Finding[],
  baseline: Baseline | null,
): DriftEvent {
  const { id: incidentId, status, severity, since, window: windowStart } = change;
  const { segment } = window;
  const told = status === 'resolved' ? [] : findings;
  const where = describeSegment(segment);
  const what = status === 'resolved' ? 'quality is as in the baseline again' : summaryOf(window, told);
  const signal = signalOf(told);
  return {
    id: hashId([incidentId, status, severity, windowStart, size]),
    ...{ incidentId, status, signal, severity, stream, since, windowStart },
    notify: reaches(severity, monitor.decision.notifyFrom),
    segment,
    column: '',
    findings: told,
    baselineEvents: baseline?.rows ?? 0,
    windowEvents: window.predictions,
    windowEnd: windowStart + size,
    baselineId: baseline?.id ?? null,
    contributions: [],
    ...{ aspects: [], segments: [], correlations: [], muted: '' },
    summary: where === '' ? what : `where ${where}: ${what}`,
    query: qualityQuery(stream, segment, since),
  };
}

const VERDICTS: Readonly<Record<string, string>> = {
  'concept-drift': 'concept drift: inputs as before, quality fell',
  'inputs-changed-quality-fell': 'inputs changed, and quality fell beyond what they explain',
  'inputs-changed': 'inputs changed, and quality is as expected of them',
  'base-rate-changed': 'the shares of the true classes changed',
  unchanged: 'quality is as expected of the inputs',
};

function summaryOf({ judged }: JudgedWindow, findings: readonly Finding[]): string {
  const figures = findings.map(
    ({ metric, windowValue, baselineValue }) =>
      `${metric.replaceAll('-', ' ')} ${short(windowValue)} (${metric.endsWith('-expected') ? 'expected' : 'baseline'} ${short(baselineValue)})`,
  );
  return [VERDICTS[judged.verdict], ...figures, ...judged.evidence].filter((part) => part !== undefined).join('; ');
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** SQL that shows the quality of a segment before and during an incident. */
function qualityQuery({ model, version, role }: Stream, { dimension, value }: Segment, since: number): string {
  return (
    `SELECT window_start, metric, predictions, labels, realised, expected, estimated, verdict FROM ${tableOf('quality')} ` +
    `WHERE model = ${quoted(model)} AND version = ${quoted(version)} AND role = '${role}' ` +
    `AND segment_dimension = ${quoted(dimension)} AND segment_value = ${quoted(value)} ` +
    `AND window_start >= fromUnixTimestamp64Milli(${Math.round(since)}) - INTERVAL 7 DAY ORDER BY metric, window_start`
  );
}
