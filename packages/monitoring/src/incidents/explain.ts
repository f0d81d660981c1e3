import { binCount, describeBin } from '@tidemark/sketches';
import { psiTerms } from '@tidemark/statistics';
import type { Aspect } from '../evidence/columns/column-features.js';
import type { Comparison } from '../summaries/comparison.js';
import type { Contribution, Finding, SegmentPart } from '../model/drift-event.js';
import type { Segment, Stream } from '../model/stream.js';
import { quoted, tableOf } from './event-query.js';

const MOST_CONTRIBUTIONS = 5;

/**
 * The bins that contribute most to the PSI, greatest first; at most five, none where either side has no bins or no values. A bin that neither
 * side has values in is left out: its term is that of the pseudocounts, of which a small window has the greater share.
 */
export function contributionsOf({ window, baseline, baselineBins }: Comparison): Contribution[] {
  const layout = baseline.layout;
  const before = baselineBins.reduce((sum, count) => sum + count, 0);
  const bins = window.bins;
  if (bins === null || layout === null || window.values === 0 || before === 0) return [];
  const terms = psiTerms(baselineBins, bins);
  return Array.from({ length: binCount(layout) }, (_, bin) => ({
    bin: describeBin(layout, bin),
    baselineShare: baselineBins[bin] / before,
    windowShare: bins[bin] / window.values,
    psi: terms[bin],
  }))
    .filter(({ baselineShare, windowShare }) => baselineShare > 0 || windowShare > 0)
    .sort((a, b) => b.psi - a.psi)
    .slice(0, MOST_CONTRIBUTIONS);
}

const FAULT_NAMES: Readonly<Record<string, string>> = {
  'null-rate': 'missing values',
  'nan-rate': 'NaN',
  'infinity-rate': 'infinite values',
  'type-error-rate': 'values of the wrong type',
  'unseen-rate': 'categories that the baseline does not have',
  'out-of-range-rate': "values outside the baseline's range",
};

const FAULT_ASPECTS: Readonly<Record<string, string>> = {
  'null-rate': 'missingness',
  'nan-rate': 'validity',
  'infinity-rate': 'validity',
  'type-error-rate': 'validity',
  'unseen-rate': 'categories',
  'out-of-range-rate': 'range',
};

/** What moved, in the order of the findings; each once. */
export function aspectsOf(findings: readonly Finding[], ofDistribution: readonly Aspect[]): string[] {
  const moved = findings.flatMap(({ metric }): readonly string[] => {
    const fault = FAULT_ASPECTS[metric];
    return fault === undefined ? ofDistribution : [fault];
  });
  return [...new Set(moved)];
}

/** One clause about a finding: "PSI 0.31 (location, spread)", "34 % missing values (baseline 1.2 %)". */
export function describeFinding(finding: Finding, aspects: readonly Aspect[]): string {
  const fault = FAULT_NAMES[finding.metric];
  if (fault === undefined) return `PSI ${finding.effect.toFixed(2)} (${aspects.join(', ')})`;
  return `${percent(finding.windowValue)} ${fault} (baseline ${percent(finding.baselineValue)})`;
}

/** Where the centre and the spread of a numeric column went, or which category changed most; empty where it cannot be said. */
export function describeMove(
  { segment, window, baseline }: Comparison,
  contributions: readonly Contribution[],
): string {
  // The baseline keeps the moments of all events alone.
  if (segment.dimension === '' && (window.kind === 'numeric' || window.kind === 'integer')) {
    if (window.values < 2 || baseline.values < 2) return '';
    const [now, then] = [window.moments, baseline.moments];
    return `mean ${short(then.mean)} → ${short(now.mean)}, standard deviation ${short(then.standardDeviation)} → ${short(now.standardDeviation)}`;
  }
  const moves = contributions.map(({ bin, baselineShare, windowShare }) => {
    return { bin, before: percent(baselineShare), now: percent(windowShare) };
  });
  const most = moves.find(({ before, now }) => before !== now);
  return most === undefined ? '' : `${most.bin}: ${most.before} → ${most.now}`;
}

/** "country = BR", or an empty string for all events. */
export function describeSegment(segment: Segment): string {
  return segment.dimension === '' ? '' : `${segment.dimension} = ${segment.value}`;
}

/** Most of a change is in one part: half of it, and twice what the segment's share of the events would bring. */
const CONCENTRATED = { least: 0.5, timesItsShare: 2 };

/** The part in which most of a change is; null: it is spread over the segments. */
export function concentrationOf(parts: readonly SegmentPart[]): SegmentPart | null {
  const concentrated = parts.filter(({ kind, shareOfChange, baselineShare, windowShare }) => {
    if (shareOfChange < CONCENTRATED.least) return false;
    return kind === 'mix' || shareOfChange >= CONCENTRATED.timesItsShare * Math.max(baselineShare, windowShare);
  });
  return concentrated.sort((a, b) => b.shareOfChange - a.shareOfChange).at(0) ?? null;
}

/** "87 % of it in country = BR (12 % of the events)", "91 % of it as country = BR went from 10 % to 34 % of the events". */
export function describeConcentration(part: SegmentPart | null): string {
  if (part === null) return '';
  const where = part.value === '' ? `events without ${part.dimension}` : describeSegment(part);
  const share = `${Math.round(100 * Math.min(1, part.shareOfChange))} % of it`;
  if (part.kind === 'within') return `${share} in ${where} (${percent(part.windowShare)} of the events)`;
  return `${share} as ${where} went from ${percent(part.baselineShare)} to ${percent(part.windowShare)} of the events`;
}

/**
 * SQL that shows a column's windows before and during an incident, for a person to paste.
 *
 * @param also a further segment to show beside it; null: none.
 */
export function incidentQuery(
  stream: Stream,
  segment: Segment,
  column: string,
  since: number,
  also: Segment | null = null,
): string {
  const conditions = Object.entries({ model: stream.model, version: stream.version, role: stream.role, column }).map(
    ([name, value]) => `${name} = ${quoted(value)}`,
  );
  const shown = (also === null ? [segment] : [segment, also]).map(
    ({ dimension, value }) => `(${quoted(dimension)}, ${quoted(value)})`,
  );
  conditions.push(`(segment_dimension, segment_value) IN (${shown.join(', ')})`);
  return (
    `SELECT ${also === null ? '' : 'segment_value, '}window_start, window_size_ms, events, psi_debiased, null_rate, unseen_rate, out_of_range_rate ` +
    `FROM ${tableOf('windows')} WHERE ${conditions.join(' AND ')} ` +
    `AND window_start >= fromUnixTimestamp64Milli(${Math.round(since)}) - INTERVAL 1 DAY ORDER BY segment_dimension, window_size_ms, window_start`
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
